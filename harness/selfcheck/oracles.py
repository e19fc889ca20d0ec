"""Slow truths that a pruned model must agree with, for any family. Used by our tests and by the table of families.

Each oracle returns how far the variant is from the truth, relative to the largest logit, or raises. B, T: rows and
tokens of the probe; V: vocabulary.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.models.agreement import distance, logits, probe_ids
from harness.models.structure import attention_of_hybrid, depth_of
from harness.prune.surgery import skip_by_hook
from harness.score.forward import CACHES
from harness.score.scorer import Scorer
from harness.selfcheck.tiny_random import VOCABULARY, tiny_tokenizer
from harness.text.ends import end_tokens
from harness.text.requests import GenerationRequest, LogLikelihoodRequest, NextTokenRequest

if TYPE_CHECKING:
    from transformers import PreTrainedModel

_NO_ADAPTER = ("out_proj", "conv1d", "router", "gate", "o_a_proj", "o_b_proj")
"""Linear layers without an adapter: Mamba's fused kernels, routers that return more than a tensor, block-wise ones."""


class NoCacheError(Exception):
    """The family keeps no cache of earlier tokens."""


def from_skipping(model: "PreTrainedModel", variant: "PreTrainedModel", layers: Sequence[int]) -> float:
    """Distance from the unpruned model whose `layers` hand on their input."""
    ids = probe_ids(model.config.get_text_config().vocab_size)
    with skip_by_hook(model, layers):
        expected = logits(model, ids)
    return distance(logits(variant, ids), expected)


def from_one_pass(model: "PreTrainedModel") -> float:
    """Distance of logits made token by token through the cache from logits made in one pass."""
    import torch

    ids = probe_ids(model.config.get_text_config().vocab_size)
    rows: list[torch.Tensor] = []
    cache: Any = None
    name = ""
    with torch.inference_mode():
        for position in range(ids.shape[1]):
            mask = torch.ones(ids.shape[0], position + 1, dtype=torch.long)
            known = {} if cache is None else {name: cache}
            output = model(input_ids=ids[:, position : position + 1], attention_mask=mask, use_cache=True, **known)
            name = next((name for name in CACHES if getattr(output, name, None) is not None), "")
            if not name:
                raise NoCacheError
            cache = output[name]
            rows.append(output.logits)
    return distance(torch.cat(rows, dim=1), logits(model, ids))


def from_reloading(variant: "PreTrainedModel") -> float:
    """Distance of the variant saved and loaded by `AutoModelForCausalLM` from the variant in memory.

    Two types of the mapping have a class that only loads itself; they do.
    """
    import torch
    from transformers import AutoModelForCausalLM
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING

    ids = probe_ids(variant.config.get_text_config().vocab_size)
    with tempfile.TemporaryDirectory() as folder:
        variant.save_pretrained(folder)
        known = type(variant.config) in MODEL_FOR_CAUSAL_LM_MAPPING
        loaded = (AutoModelForCausalLM if known else type(variant)).from_pretrained(Path(folder), dtype=torch.float32)
        return distance(logits(loaded, ids), logits(variant, ids))


def generated_alike(variant: "PreTrainedModel", tokens: int = 6, seed: int = 0) -> bool:
    """Whether greedy generation with the cache writes what it writes without."""
    import torch

    ids = probe_ids(variant.config.get_text_config().vocab_size, seed)
    options: dict[str, Any] = {
        "max_new_tokens": tokens, "min_new_tokens": tokens, "do_sample": False, "pad_token_id": 0,
        "attention_mask": torch.ones_like(ids),
    }  # fmt: skip
    generate: Any = variant.generate
    one, other = (generate(ids, use_cache=cached, **options) for cached in (True, False))
    return bool(torch.equal(one, other))


def from_scoring(variant: "PreTrainedModel") -> float:
    """Largest distance, in nats, of the scorer's padded scores from single passes without a cache.

    Log-likelihoods in three groups that share contexts of unequal length, with continuations that begin alike, of
    unequal length, and of one token each; and next tokens of the same contexts.
    """
    import torch

    contexts = (5, 12), (11, 25), (20, 41)
    endings = ((17, 30, 44), (17, 30, 9, 8)), ((17, 30, 44), (52,)), ((17,), (52,))
    groups = [(_some_ids(*context), ending) for context, own in zip(contexts, endings, strict=True) for ending in own]
    scorer = Scorer(variant, tiny_tokenizer())
    scores = scorer.log_likelihoods([LogLikelihoodRequest(_text(ids), f" {_text(ending)}") for ids, ending in groups])
    words = tuple(str(index) for index in range(20, 90, 7))
    asked = [_some_ids(*context) for context in contexts]
    following = scorer.next_tokens([NextTokenRequest(_text(ids), words) for ids in asked])
    far, first = [], {}
    for (ids, ending), score in zip(groups, scores, strict=True):
        truth = logits(variant, torch.tensor([(*ids, *ending)]))[0, len(ids) - 1 :].log_softmax(-1)
        first[ids] = truth[0]
        far.append(float(truth[range(len(ending)), list(ending)].sum()) - score.value)
    for ids, answer in zip(asked, following, strict=True):
        far.append(
            float((first[ids][[int(word) for word in words]] - torch.tensor(answer.log_probabilities)).abs().max())
        )
    return max(abs(one) if one == one else float("inf") for one in far)  # noqa: PLR0124  # as above


def from_writing(variant: "PreTrainedModel") -> float:
    """How far below the most likely token the scorer's greedy ones are, of the spread of the logits.

    Prompts of unequal length, of which one ends early and leaves its batch.
    """
    import torch

    prompts, limits = [_some_ids(*one) for one in ((4, 3), (9, 1), (17, 2), (9, 8))], (6, 2, 6, 6)
    requests = [GenerationRequest(_text(ids), limit, chat=False) for ids, limit in zip(prompts, limits, strict=True)]
    ends = list(end_tokens(variant, tiny_tokenizer(), chat=False).ids)
    far = []
    for ids, limit, answer in zip(
        prompts, limits, Scorer(variant, tiny_tokenizer()).generations(requests), strict=True
    ):
        written = [int(word) for word in answer.text.split()]
        true = logits(variant, torch.tensor([[*ids, *written]]))[0, len(ids) - 1 :]
        chosen = [*true[range(len(written)), written], *(true[-1:, ends].amax(-1) if answer.finish == "stop" else [])]
        below = [float((of.max() - one) / of.std()) for of, one in zip(true, chosen, strict=False)]
        complete = len(chosen) == answer.tokens and (answer.finish != "length" or answer.tokens == limit)
        far.append(max(below) if complete else float("inf"))
    return max(far)


def _some_ids(count: int, seed: int) -> tuple[int, ...]:
    """Token ids without special tokens."""
    import torch

    return tuple(torch.randint(3, VOCABULARY - 3, (count,), generator=torch.Generator().manual_seed(seed)).tolist())


def _text(ids: Sequence[int]) -> str:
    return " ".join(map(str, ids))


def trains(variant: "PreTrainedModel") -> None:
    """One step of LoRA on all linear layers.

    Raises:
        BadInput: the loss is not finite, or no adapter weight of some layer learns.
    """
    import peft
    import torch

    ids = probe_ids(variant.config.get_text_config().vocab_size)
    adapted = peft.get_peft_model(
        variant,
        peft.LoraConfig(r=2, target_modules="all-linear", exclude_modules=list(_NO_ADAPTER), task_type="CAUSAL_LM"),
    )
    output = adapted(input_ids=ids, use_cache=False).logits
    loss = torch.nn.functional.cross_entropy(output[:, :-1].flatten(0, 1), ids[:, 1:].flatten())
    if not bool(loss.isfinite()):
        raise BadInput(f"a LoRA step of {type(variant).__name__} has loss {float(loss)}, expected a finite one")
    loss.backward()  # type: ignore[no-untyped-call]
    moved = [p for name, p in adapted.named_parameters() if "lora_B" in name and p.grad is not None and p.grad.any()]
    if not moved:
        raise BadInput(f"a LoRA step of {type(variant).__name__} moves no adapter weight")


def pruned_in_many_ways(model: "PreTrainedModel") -> list[tuple[int, ...]]:
    """Layers to remove: the first, a middle one, the last, scattered ones, all but one.

    Of a hybrid model one layer of attention and one other are spared, since it cannot do without.
    """
    config = model.config.get_text_config()
    depth = depth_of(config)
    attends = attention_of_hybrid(config)
    spared = {attends[0], next(layer for layer in range(depth) if layer not in attends)} if attends else set()
    ways = ((0,), (depth // 2,), (depth - 1,), tuple(range(1, depth, 2)), tuple(range(not spared, depth)))
    chosen = (tuple(layer for layer in way if layer not in spared) for way in ways)
    return [way for way in chosen if way]
