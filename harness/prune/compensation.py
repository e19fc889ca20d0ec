"""Magnitude compensation: where a layer is gone, scale the stream to the size it had behind that layer.

Prune&Comp (2507.18212; chenxinrui-tsinghua/PruneAndComp @ a19f882, `magcomp.py`, `CosSim_BI.py`). The scale of a
removed layer l is the mean over texts of the mean over channels of E_t |h_{l+1}| / E_t |h_l|, with E_t the mean over a
text's tokens, the first included, and h_l the stream that enters layer l. It is folded into all that writes to the
stream before the cut, since every reader normalises first; the result is an ordinary model. Layers go one at a time:
the next one is chosen, and its scale measured, on the model compensated so far.

Other than there: tied embeddings are untied (there the output layer is scaled too), and a cut at the very end is not
scaled, since the final norm removes it (there it fails). T tokens, D width, L layers.
"""

import copy
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadInput, DoesNotFit
from harness.models.forward import run
from harness.models.hooks import passing
from harness.models.structure import decoder_layers
from harness.prune.surgery import prune_layers, replace_config, share

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel

WRITERS = ("o_proj", "down_proj")  # what writes to the residual stream in Llama, Qwen2 and Mistral
# what writes where a unit's output is normalised once more: in Gemma-2, in GLM-4
POST_NORMS = (
    ("post_attention_layernorm", "post_feedforward_layernorm"),
    ("post_self_attn_layernorm", "post_mlp_layernorm"),
)
MOST_OFF = 0.02  # of the largest logit: rounding in bfloat16, and the norms' epsilon


@dataclass(frozen=True)
class Step:
    """One layer taken away by `compensated_steps`."""

    layer: int
    """Of the unpruned model."""
    influence: tuple[float, ...]
    """1 - E cos(h_l, h_{l+1}) over all tokens, per layer still there before this step (ShortGPT, 2403.03853)."""
    scale: float
    """What the stream before the cut is multiplied by; 1 behind the last layer left."""


def compensated_steps(
    base: "PreTrainedModel", texts: Sequence[Sequence[int]], count: int, among: Collection[int]
) -> list[Step]:
    """Take `count` of the layers `among` away, the least influential first, each time compensating for it.

    Args:
        base: the unpruned model; it is not changed.
        texts: token ids of calibration texts.
        count: how many layers go, one pass over the texts each.
        among: layers that may go; of equal influence the shallower goes, as in the released code.

    Raises:
        BadInput: the family writes to its stream in a way that is not known here, or there are no texts.
    """
    if not texts or not all(texts):
        raise BadInput(
            "magnitude compensation was given no calibration text, or an empty one; expected some with tokens"
        )
    require_scalable(base, texts[0])
    model, kept, steps = base, list(range(len(decoder_layers(base).modules))), list[Step]()
    for _ in range(count):
        influence, growth = _measured(model, texts)
        place = min((place for place, layer in enumerate(kept) if layer in among), key=lambda place: influence[place])
        scale = growth[place] if place < len(kept) - 1 else 1.0
        steps.append(Step(kept.pop(place), tuple(influence), scale))
        if len(steps) < count:
            model = scaled_writers(prune_layers(base, [step.layer for step in steps]), scale_factors(steps, kept))
    return steps


def scale_factors(steps: Sequence[Step], kept: Sequence[int]) -> list[float]:
    """What the embedding and each kept layer are multiplied by (1 + L): all scales of the cuts behind them.

    A cut behind the last kept layer scales nothing: nothing reads the stream there but the last norm. Pure.
    """
    return [math.prod(step.scale for step in steps if layer < step.layer < max(kept)) for layer in (-1, *kept)]


def _measured(model: "PreTrainedModel", texts: "Sequence[Sequence[int]]") -> tuple[list[float], list[float]]:
    """Per layer of `model`: its influence, and by how much the stream's channels grow in it."""
    import torch

    depth, tokens = len(decoder_layers(model).modules), sum(len(ids) for ids in texts)
    cosines, growth = [0.0] * depth, [0.0] * depth

    def see(layer: int, entering: "torch.Tensor", leaving: "torch.Tensor") -> None:
        before, after = entering[0].float(), leaving[0].float()
        cosines[layer] += float(torch.nn.functional.cosine_similarity(before, after, dim=-1).sum())
        growth[layer] += float((after.abs().mean(dim=0) / before.abs().mean(dim=0)).mean())

    with torch.inference_mode(), passing(model, see):
        for ids in texts:
            run(model, ids)
    return [1 - total / tokens for total in cosines], [total / len(texts) for total in growth]


def scaled_writers(variant: "PreTrainedModel", factors: Sequence[float]) -> "PreTrainedModel":
    """A twin of `variant` in which what writes to the stream is scaled.

    Args:
        variant: a pruned model; it keeps its weights.
        factors: of the embedding, and of each layer (1 + L).

    Raises:
        BadInput: the family writes to its stream in a way that is not known here.
    """
    twin = share(variant)
    if factors[0] != 1:
        _scale_embedding(twin, factors[0])
    for layer, factor in zip(decoder_layers(twin).modules, factors[1:], strict=True):
        if factor != 1:
            _scale_layer(layer, factor)
    return twin


def _scale_embedding(model: "PreTrainedModel", factor: float) -> None:
    embedding = model.get_input_embeddings()
    head: nn.Module | None = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    if head is not None and head.weight is embedding.weight:  # tied: the output must keep its own
        config = copy.deepcopy(model.config)
        config.get_text_config().tie_word_embeddings = config.tie_word_embeddings = False
        replace_config(model, model.config, config)
    _scale(embedding, "weight", factor)


def _scale_layer(layer: "nn.Module", factor: float) -> None:
    children = dict(layer.named_children())
    for names in POST_NORMS:
        if names[1] in children:
            for name in names:
                _scale(children[name], "weight", factor, _offset(children[name]))
            return
    writers = [module for name, module in layer.named_modules() if name.rpartition(".")[2] in WRITERS]
    if len(writers) != len(WRITERS):
        raise DoesNotFit(
            f"magnitude compensation knows families whose layers write through {' and '.join(WRITERS)}; "
            f"{type(layer).__name__} does not: choose another method or recipe"
        )
    for writer in writers:
        for name in ("weight", "bias"):
            if getattr(writer, name, None) is not None:
                _scale(writer, name, factor)


def _offset(norm: "nn.Module") -> float:
    """1 where a norm multiplies by 1 + w (Gemma), 0 where by w (GLM-4): a weight of -1 then gives nothing, or not."""
    import torch

    trial = copy.deepcopy(norm)
    weight: torch.Tensor = trial.get_parameter("weight")
    with torch.no_grad():
        weight.fill_(-1.0)
        output = trial(torch.arange(1, weight.numel() + 1, device=weight.device, dtype=weight.dtype))
    return 0.0 if output.any() else 1.0


def require_scalable(model: "PreTrainedModel", ids: Sequence[int]) -> None:
    """Refuse a family whose stream does not scale with its writers.

    Twice of everything that is written must give the same logits, since the final norm removes a common factor.

    Args:
        model: the unpruned model.
        ids: token ids of one text; two of them are asked.

    Raises:
        BadInput: it does not.
    """
    import torch

    twice = scaled_writers(model, [2.0] * (1 + len(decoder_layers(model).modules)))
    given = torch.tensor([list(ids)[:2]], device=model.device)
    with torch.inference_mode():
        expected, found = (each(input_ids=given, use_cache=False).logits.float() for each in (model, twice))
    off = float((expected - found).abs().max() / expected.abs().max())
    if not off < MOST_OFF:
        raise DoesNotFit(
            f"magnitude compensation scales what writes to the residual stream, and in {type(model).__name__} that "
            f"changes the logits by {off:.1%} where it must change nothing; choose another method or recipe"
        )


def _scale(module: "nn.Module", name: str, factor: float, offset: float = 0.0) -> None:
    """Give the module a scaled copy of a parameter w, which acts as w + offset."""
    from torch import nn

    old: torch.Tensor | None = module._parameters[name]  # noqa: SLF001
    assert old is not None
    if not old.is_floating_point():
        raise BadInput(
            f"magnitude compensation multiplies weights, and {type(module).__name__}.{name} is stored as {old.dtype}; "
            f"load the model in float32 or bfloat16"
        )
    module._parameters[name] = nn.Parameter((old.detach() + offset) * factor - offset, requires_grad=False)  # noqa: SLF001
