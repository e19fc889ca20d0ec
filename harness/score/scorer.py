"""Answers requests in order: from the store where it can, else from the model, batch by batch.

The effective depth is asserted on every batch: decoder-layer calls are counted by hooks and must be the plan's depth
times the forward passes, so that a removal that silently did nothing cannot be scored.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeVar

from harness.errors import BadInput
from harness.models.fingerprint import fingerprint, template_hash
from harness.score.batches import token_batches
from harness.score.encode import candidate_ids, encode_answer, encode_pair, encode_prompt, plain_ids
from harness.score.ledger import Ledger
from harness.score.requests import (
    Generation,
    GenerationRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    NextToken,
    NextTokenRequest,
)
from harness.score.store import Answer, Request, Store, request_key

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

SCORING_BUDGET = 8_192  # tokens a scoring batch; bounds the logits, which a large vocabulary makes big
GENERATION_BUDGET = 24_576  # prompt and answer tokens a generation batch; bounds the key-value cache
R = TypeVar("R", bound=Request)


class Scorer:
    """One variant of a model, ready to be asked."""

    def __init__(
        self,
        model: "PreTrainedModel",
        tokenizer: "PreTrainedTokenizerBase",
        store: Path | None = None,
        ledger: Ledger | None = None,
        *,
        scoring_budget: int = SCORING_BUDGET,
        generation_budget: int = GENERATION_BUDGET,
        progress: TextIO | None = None,
        label: str = "",
    ) -> None:
        """Budgets are in tokens (1 gives batches of one row); `progress` is where bars are drawn, None draws none."""
        self.model, self.tokenizer = model, tokenizer
        self.ledger = ledger or Ledger()
        self.fingerprint = fingerprint(model)
        self.store = Store(store, self.fingerprint)
        self.scoring_budget, self.generation_budget = scoring_budget, generation_budget
        self.progress, self.label = progress, label
        self._context = f"{_tokenizer_hash(tokenizer)} {template_hash(_template(tokenizer))}"
        self._pad = int(tokenizer.pad_token_id or 0)

    def log_likelihoods(self, requests: Sequence[LogLikelihoodRequest]) -> list[LogLikelihood]:
        """Score continuations; those of one context share its computation."""
        answers = self._answer(requests, self._score)
        return [answer for answer in answers if isinstance(answer, LogLikelihood)]

    def next_tokens(self, requests: Sequence[NextTokenRequest]) -> list[NextToken]:
        """Score next-token candidates."""
        answers = self._answer(requests, self._next)
        return [answer for answer in answers if isinstance(answer, NextToken)]

    def generations(self, requests: Sequence[GenerationRequest]) -> list[Generation]:
        """Generate, greedily or by sampling as each request says."""
        answers = self._answer(requests, self._generate)
        return [answer for answer in answers if isinstance(answer, Generation)]

    def _answer(
        self, requests: Sequence[R], compute: Callable[[Sequence[R]], Iterator[Mapping[int, Answer]]]
    ) -> list[Answer]:
        self.store.refresh()
        keys = [request_key(request, self._context) for request in requests]
        missing = {key: request for key, request in zip(keys, requests, strict=True) if self.store.get(key) is None}
        order = list(missing)
        with self._bar(len(order), type(requests[0]).__name__ if requests else "") as bar:
            for batch in compute(list(missing.values())) if missing else ():
                self.store.put({order[index]: answer for index, answer in batch.items()})
                bar(len(batch))
        found = [self.store.get(key) for key in keys]
        return [answer for answer in found if answer is not None]

    def _score(self, requests: Sequence[LogLikelihoodRequest]) -> Iterator[dict[int, Answer]]:
        from harness.score.log_likelihood import score_groups

        pairs = [
            (encode_answer if request.chat else encode_pair)(request.context, request.continuation, self.tokenizer)
            for request in requests
        ]
        self._require_room(max(len(pair.ids) for pair in pairs))
        groups: dict[tuple[str, bool], list[int]] = {}
        for index, request in enumerate(requests):
            groups.setdefault((request.context, request.chat), []).append(index)
        members = list(groups.values())
        lengths = [len(group) * max(len(pairs[index].ids) for index in group) for group in members]
        for batch in token_batches(lengths, self.scoring_budget):
            asked = [[pairs[index] for index in members[place]] for place in batch]
            self.ledger.forward_tokens += sum(len(pair.ids) for group in asked for pair in group)
            with self._depth_asserted():
                answered = score_groups(self.model, asked, self._pad)
            yield {
                index: answer
                for place, answers in zip(batch, answered, strict=True)
                for index, answer in zip(members[place], answers, strict=True)
            }

    def _next(self, requests: Sequence[NextTokenRequest]) -> Iterator[dict[int, Answer]]:
        from harness.score.log_likelihood import next_tokens

        prompts = [plain_ids(request.context, self.tokenizer) for request in requests]
        candidates = [candidate_ids(request, self.tokenizer) for request in requests]
        self._require_room(max(len(prompt) for prompt in prompts))
        for batch in token_batches([len(prompt) for prompt in prompts], self.scoring_budget):
            self.ledger.forward_tokens += sum(len(prompts[index]) for index in batch)
            with self._depth_asserted():
                answered = next_tokens(
                    self.model, [prompts[i] for i in batch], [candidates[i] for i in batch], self._pad
                )
            yield dict(zip(batch, answered, strict=True))

    def _generate(self, requests: Sequence[GenerationRequest]) -> Iterator[dict[int, Answer]]:
        from harness.score.generation import generate

        prompts = [encode_prompt(request, self.tokenizer) for request in requests]
        lengths = [len(p) + r.max_new_tokens for p, r in zip(prompts, requests, strict=True)]
        self._require_room(max(lengths))
        for batch in token_batches(lengths, self.generation_budget):
            with self._depth_asserted():
                answered = generate(
                    self.model,
                    self.tokenizer,
                    [prompts[i] for i in batch],
                    [requests[i].max_new_tokens for i in batch],
                    [requests[i].stop for i in batch],
                    [requests[i].sampling for i in batch],
                )
            self.ledger.forward_tokens += sum(len(prompts[i]) for i in batch)
            self.ledger.generated_tokens += sum(answer.tokens for answer in answered)
            yield dict(zip(batch, answered, strict=True))

    def _require_room(self, tokens: int) -> None:
        limit = getattr(self.model.config.get_text_config(), "max_position_embeddings", None)
        if limit is not None and tokens > limit:
            raise BadInput(
                f"an item needs {tokens} tokens with its answer and the model takes {limit}; "
                f"choose a task with shorter items or a model with a longer context"
            )

    @contextmanager
    def _depth_asserted(self) -> Iterator[None]:
        from harness.prune.surgery import count_layer_calls, expected_layers

        passes = 0

        def count(*_: Any) -> None:  # noqa: ANN401  # torch passes module, inputs, output
            nonlocal passes
            passes += 1

        handle = self.model.register_forward_hook(count)
        try:
            with count_layer_calls(self.model) as calls:
                yield
        finally:
            handle.remove()
        depth = expected_layers(self.model)
        self.ledger.layer_forwards += calls.total
        if calls.total != depth * passes:
            raise BadInput(
                f"the model ran {calls.total} decoder layers in {passes} forward passes, expected {depth} each: "
                f"its layers are not what its config says; prune with harness.prune_layers"
            )

    @contextmanager
    def _bar(self, total: int, what: str) -> Iterator[Callable[[int], object]]:
        if self.progress is None or total == 0:
            yield lambda _: None
            return
        from tqdm import tqdm

        with tqdm(total=total, desc=f"{self.label} {what}", file=self.progress, leave=False, mininterval=2) as bar:
            yield bar.update


def _template(tokenizer: "PreTrainedTokenizerBase") -> str:
    return str(tokenizer.chat_template or "")


def _tokenizer_hash(tokenizer: "PreTrainedTokenizerBase") -> str:
    """Names the tokenizer: the same text must become the same ids for a stored answer to count."""
    cached: str | None = getattr(tokenizer, "_harness_hash", None)
    if cached is None:
        backend = getattr(tokenizer, "backend_tokenizer", None)
        text = backend.to_str() if backend is not None else repr(sorted(tokenizer.get_vocab().items()))
        cached = hashlib.sha256(text.encode()).hexdigest()[:8]
        tokenizer._harness_hash = cached  # noqa: SLF001  # ours
    return cached
