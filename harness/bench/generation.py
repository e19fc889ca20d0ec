"""Greedy answers: ours against `generate` at its best batch size, and `generate_batch`, which pages its cache."""

import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from harness.bench.items import texts
from harness.bench.setting import Setting, row
from harness.bench.turns import Compared, Work, batch_sizes, compare, together
from harness.errors import BadInput
from harness.prune.apply import apply_plan
from harness.score.forward import left_pad, pad_id
from harness.score.merged import merges
from harness.score.sweep import SweepScorer
from harness.text.encode import encode_prompt
from harness.text.ends import end_tokens
from harness.text.requests import Generation, GenerationRequest
from harness.tiers import TIERS

if TYPE_CHECKING:
    from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase

BATCHES = (8, 32, 128)
"""Batch sizes that are tried."""
PAGE, MOST_AT_ONCE = 256, 2048
"""Tokens of a page of the paged cache, its own default, and of one of its passes."""


@row("generation")
def generation(setting: Setting) -> Compared:
    """Against transformers' `generate`, prompts of like length together.

    Raises:
        BadInput: the task's items cannot be had.
    """
    asked = asked_of(setting, setting.items)
    theirs = [
        Work(f"batch {size}", partial(generated, setting.loaded.model, asked, size), writes=True)
        for size in batch_sizes(BATCHES, len(asked.prompts))
    ]
    return _compared(setting, "generation", "transformers generate", asked, theirs)


@row("generation_paged")
def generation_paged(setting: Setting) -> Compared:
    """Against transformers' `generate_batch`.

    Raises:
        BadInput: the task's items cannot be had, or it does not run here.
    """
    asked = asked_of(setting, setting.items)
    return _compared(
        setting, "generation_paged", "transformers generate_batch", asked,
        [Work("paged", partial(_paged, setting.loaded.model, asked), writes=True)],
    )  # fmt: skip


@row("sweep_generation")
def sweep_generation(setting: Setting) -> Compared:
    """Every layer removed in turn, all variants writing as one batch: against one after the other, and `generate`.

    Raises:
        BadInput: the task's items cannot be had.
    """
    asked = asked_of(setting, setting.few)
    merges(setting.loaded.model)  # asked once of every model, which is nobody's cost
    models = [setting.loaded.model, *(apply_plan(setting.loaded.model, plan) for plan in setting.without_each)]

    def ours() -> list[list[Generation]]:
        variants = dict(zip(setting.without_each, map(setting.scorer, models[1:]), strict=True))
        whole = SweepScorer(setting.scorer(), variants).generations(asked.requests)
        return [whole, *(variant.generations(asked.requests) for variant in variants.values())]

    def alone() -> list[list[Generation]]:
        return [setting.scorer(model).generations(asked.requests) for model in models]

    def theirs(batch: int) -> list[list[str]]:
        return [generated(model, asked, batch) for model in models]

    def differ(ours: list[list[Generation]], others: Sequence[Sequence[Generation | str]]) -> str:
        return differing(
            [answer for each in ours for answer in each],
            [text if isinstance(text, str) else text.written for each in others for text in each],
        )

    merged = Work("one batch", ours, writes=True)
    batches = batch_sizes(BATCHES, len(asked.prompts))
    return together(
        "sweep_generation",
        [
            compare(setting, "variant by variant", "ours", merged, [Work("alone", alone, writes=True)], differ),
            compare(
                setting, "by generate", "transformers generate", merged,
                [Work(f"batch {size}", partial(theirs, size), writes=True) for size in batches], differ,
            ),
        ],
    )  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """Requests, and what the peer needs to be asked the same."""

    requests: Sequence[GenerationRequest]
    prompts: Sequence[tuple[int, ...]]
    ends: tuple[int, ...]
    """Tokens that end an answer."""
    stops: tuple[str, ...]
    """Texts that do."""
    tokenizer: "PreTrainedTokenizerBase"

    @property
    def most(self) -> int:
        """Tokens of an answer."""
        return max(request.max_new_tokens for request in self.requests)

    def text(self, tokens: Sequence[int]) -> str:
        """What is kept of what was written."""
        kept = next((tokens[:place] for place, token in enumerate(tokens) if token in self.ends), tokens)
        text = str(self.tokenizer.decode(list(kept), skip_special_tokens=False, clean_up_tokenization_spaces=False))
        for stop in self.stops:
            text = text.split(stop, maxsplit=1)[0]
        return text


def asked_of(setting: Setting, items: int) -> Asked:
    """What the tier's first task of reasoning asks, which takes long answers."""
    task = TIERS[setting.subject.tier].reasoning[0]
    requests, tokenizer = texts(setting, task, items), setting.loaded.tokenizer
    ends = end_tokens(setting.loaded.model, tokenizer, chat=requests[0].chat)
    prompts = [encode_prompt(request, tokenizer) for request in requests]
    return Asked(requests, prompts, ends.ids, (*requests[0].stop, *ends.texts), tokenizer)


def generated(model: "PreTrainedModel", asked: Asked, batch: int) -> list[str]:
    """Texts by `generate`, the longest prompts first."""
    import torch

    order = sorted(range(len(asked.prompts)), key=lambda at: -len(asked.prompts[at]))
    texts, pad = dict[int, str](), pad_id(model, asked.tokenizer)
    stopping = {"stop_strings": list(asked.stops), "tokenizer": asked.tokenizer} if asked.stops else {}
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            places = order[start : start + batch]
            ids, mask = left_pad([asked.prompts[at] for at in places], pad, model.device)
            found = model.generate(
                input_ids=ids, attention_mask=mask, generation_config=_greedy(asked, pad), **stopping
            )  # type: ignore[operator]  # transformers' mixin
            for at, tokens in zip(places, found[:, ids.shape[1] :].tolist(), strict=True):
                texts[at] = asked.text(tokens)
    return [texts[at] for at in range(len(order))]


def _paged(model: "PreTrainedModel", asked: Asked) -> list[str]:
    """Texts by `generate_batch`, whose cache holds all answers at once; by itself it would take nearly all memory."""
    from transformers.generation.configuration_utils import ContinuousBatchingConfig

    if asked.stops:
        raise BadInput("generate_batch knows no texts that end an answer, and this task has some")
    lengths = [len(prompt) + asked.most for prompt in asked.prompts]
    cache = ContinuousBatchingConfig(
        num_blocks=sum(length // PAGE + 1 for length in lengths), page_size=PAGE,
        max_batch_tokens=max(MOST_AT_ONCE, *(len(prompt) for prompt in asked.prompts)),
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.getLogger("ContinuousBatchingLogger").setLevel(logging.ERROR)
        found = model.generate_batch(
            inputs=[list(prompt) for prompt in asked.prompts],
            generation_config=_greedy(asked, pad_id(model, asked.tokenizer)),
            continuous_batching_config=cache,
        )  # type: ignore[operator]  # transformers' mixin
    if len(found) != len(asked.prompts):
        raise BadInput(f"generate_batch answered {len(found)} of {len(asked.prompts)} prompts")
    by_number = sorted(found, key=lambda name: int(name.rpartition("_")[2]))
    return [asked.text(found[name].generated_tokens) for name in by_number]


def _greedy(asked: Asked, pad: int) -> "GenerationConfig":
    from transformers import GenerationConfig

    return GenerationConfig(  # type: ignore[no-untyped-call]
        max_new_tokens=asked.most, do_sample=False, use_cache=True, eos_token_id=list(asked.ends), pad_token_id=pad
    )


def _compared(setting: Setting, name: str, peer: str, asked: Asked, theirs: Sequence[Work]) -> Compared:
    def ours() -> list[Generation]:
        return setting.scorer().generations(asked.requests)

    return compare(setting, name, peer, Work("batches by tokens", ours, writes=True), theirs, differing)


def differing(ours: Sequence[Generation], theirs: Sequence[str]) -> str:
    """How texts differ; of an answer that ours ends where it loops, the beginning counts. Pure."""
    other = sum(not _same(one, text) for one, text in zip(ours, theirs, strict=True))
    return f"{other} of {len(ours)} texts" if other else ""


def _same(answer: Generation, text: str) -> bool:
    return text.startswith(answer.written) if answer.finish == "loop" else text == answer.written
