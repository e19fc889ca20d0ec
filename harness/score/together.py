"""Many variants that generate as one batch: every step is taken by all of them together, and exact (`score.merged`).

A batch holds rows of any variant and request within a token budget, those of one prompt side by side, whose beginnings
are one. Answers land in the variants' own stores, under the keys that they have one by one.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.models.cards import cards_taken
from harness.score.abilities import abilities_of
from harness.score.answering import Answering, answer
from harness.score.card import sharing
from harness.score.decoders import Decoder
from harness.score.forward import prefill
from harness.score.jobs import generation_jobs
from harness.score.ledger import Ledger
from harness.score.scorer import Scorer
from harness.text.requests import Answer, Generation, GenerationRequest

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Who = Hashable
"""A variant: its plan, or the fingerprint of one with weights of its own."""
Asked = tuple[Who, str]
"""Of whom, and the key of what."""


@dataclass(frozen=True)
class Hand:
    """Writes for several variants at once."""

    writer: Callable[[Sequence[Who]], Decoder]
    """Writes on rows of these variants as one batch."""
    asserted: Callable[[], AbstractContextManager[Callable[[], object]]]
    """As of `Answering`, of all that it wrote."""


@dataclass(frozen=True)
class Together:
    """Scorers of variants that answer as one."""

    base: Scorer
    """One of them, whose desk all are asked at."""
    scorers: Mapping[Who, Scorer]
    """By plan, or another name."""
    hand: Callable[[], Hand]
    """A new one."""
    budget: int
    """Prompt and answer tokens of a batch."""

    def generate(self, wanted: Mapping[Who, Sequence[GenerationRequest]]) -> None:
        """Store what any of them lacks of what it is asked, if several do and it is nothing for a row alone.

        Raises:
            BadInput: a request does not fit the model's input, or a batch the memory.
        """
        rows = self._lacking(wanted)
        if len({who for who, _ in rows}) < 2:  # noqa: PLR2004  # one answers by itself
            return
        asked, hand = list(rows), self.hand()
        by = Answering(
            self.base.model, self.base.tokenizer,
            working_on=lambda places, wait: self.working_on([asked[place] for place in places], wait=wait),
            known=lambda place: self.scorers[asked[place][0]].store.get(asked[place][1]) is not None,
            run=lambda job, tick: job.work(self.base.model, tick),
            keep=lambda found: self._keep({asked[place]: one for place, one in found.items()}, rows),
            asserted=hand.asserted,
            ledger=Ledger(),  # each variant pays for itself
            budget=self.budget,
            writer=lambda places: hand.writer([asked[place][0] for place in places]),
            pulse=self.base.desk.pulse,
        )  # fmt: skip
        jobs = generation_jobs(list(rows.values()), replace(self.base.desk, generation_budget=self.budget))
        with self.base.bar(len(rows), f"{len(self.scorers)} variants {GenerationRequest.called}") as tick:
            answer(jobs, by, tick)

    def _lacking(self, wanted: Mapping[Who, Sequence[GenerationRequest]]) -> dict[Asked, GenerationRequest]:
        """What is to be asked, of whom; rows of one prompt side by side."""
        abilities, lacking = abilities_of(self.base.model), dict[Asked, GenerationRequest]()
        for who, requests in wanted.items():
            store = self.scorers[who].store
            store.refresh()
            asked = [self.base.as_set(request) for request in requests]
            for key, request, length in zip(self.base.keys(asked), asked, self.base.lengths(asked), strict=True):
                if store.get(key) is None and abilities.reaches(length):
                    lacking[who, key] = request
        order = {key: place for place, key in enumerate(dict.fromkeys(key for _, key in lacking))}
        return dict(sorted(lacking.items(), key=lambda one: order[one[0][1]]))

    @contextmanager
    def working_on(self, batch: Sequence[Asked], *, wait: bool) -> Iterator[bool]:
        """As `Store.working_on`, of several stores; in one order, so that no two processes wait for each other."""
        keys: dict[Who, list[str]] = {}
        for who, key in batch:
            keys.setdefault(who, []).append(key)
        with ExitStack() as held:
            for who in sorted(keys, key=lambda who: self.scorers[who].fingerprint):
                if not held.enter_context(self.scorers[who].store.working_on(keys[who], wait=wait)):
                    yield False
                    return
            yield True

    def _keep(self, found: Mapping[Asked, Answer], rows: Mapping[Asked, GenerationRequest]) -> None:
        """Put answers where they belong, and count what each variant was asked and has written."""
        for who in dict.fromkeys(who for who, _ in found):
            scorer, own = self.scorers[who], {key: answer for (whose, key), answer in found.items() if whose == who}
            scorer.store.refresh()  # another process may have had other rows of this batch
            # what was answered before stands: another batch may differ in the last bit, and was read already
            scorer.store.put({key: answer for key, answer in own.items() if scorer.store.get(key) is None})
            asked = [rows[who, key] for key in own]
            read = sum(self.base.lengths(asked)) - sum(request.max_new_tokens for request in asked)
            scorer.ledger.forward_tokens += read
            scorer.ledger.generated_tokens += sum(one.tokens for one in own.values() if isinstance(one, Generation))


def budget_of(model: "PreTrainedModel", given: int) -> int:
    """Tokens of a batch of variants: on a GPU those whose cache takes half of its free memory, if that is more.

    Several workers of a run take equal parts of that half. The budget of one variant bounds what is read in one pass,
    here too; a GPU's step takes as long with ten times the rows.
    """
    import torch

    if model.device.type != "cuda":
        return given
    free, _ = torch.cuda.mem_get_info(model.device)
    free += torch.cuda.memory_reserved(model.device) - torch.cuda.memory_allocated(model.device)
    free *= cards_taken()  # each of which holds about an equal part of the cache
    return max(given, free // 2 // sharing() // cache_bytes(model))


def cache_bytes(model: "PreTrainedModel") -> int:
    """Bytes that the key-value cache takes per token, of a window's layers as of the others."""
    import torch

    with torch.inference_mode():
        _, cache, _ = prefill(model, [[1, 2]], 0)
    held = [getattr(layer, name, None) for layer in cache.layers for name in ("keys", "values")]
    return sum(int(tensor.nbytes) for tensor in held if tensor is not None) // 2
