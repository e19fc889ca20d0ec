"""Match the size of the residual stream at every cut.

Two repairs. `prune_and_comp` is Prune&Comp as released (`harness.prune.compensation`). `norm` is ours, and simpler:
where layers a..b-1 are missing, the stream that enters layer b is scaled by s = E |h_b| / E |h_a|, mean norms over the
tokens of the unpruned model without the first, measured once. The scale is folded into what writes to the stream
before the cut (embedding, attention output, MLP output), since every reader normalises first; so the result is an
ordinary model. With several cuts, each writer is scaled by the product of all cuts after it. A cut at the very end
does nothing: the final norm removes it.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.forward import run
from harness.models.hooks import passing
from harness.models.structure import decoder_layers
from harness.prune.compensation import compensated_steps, require_scalable, scale_factors, scaled_writers
from harness.repair.cuts import kept_layers
from harness.repair.repair import repair

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def scales_at_cuts(norms: Sequence[float], kept: Sequence[int]) -> list[float]:
    """What each kept layer's input must be multiplied by, the final norm's input last; 1 where nothing was cut. Pure.

    Args:
        norms: mean norm of the stream entering each layer of the unpruned model, and leaving the last (L + 1).
        kept: kept layers, increasing.
    """
    entered = [*kept, len(norms) - 1]
    left = [0, *(layer + 1 for layer in kept)]
    return [norms[now] / norms[before] for now, before in zip(entered, left, strict=True)]


def stream_norms(model: "PreTrainedModel", texts: Sequence[Sequence[int]]) -> list[float]:
    """Mean norm of the residual stream entering each layer and leaving the last one (L + 1 values).

    The first token is left out: it is an attention sink whose norm is hundreds of times the others'.

    Args:
        model: the unpruned model.
        texts: token ids of calibration texts, at least two tokens each.
    """
    import torch

    sums = [0.0] * (len(decoder_layers(model).modules) + 1)

    def see(layer: int, entering: "torch.Tensor", leaving: "torch.Tensor") -> None:
        if layer == 0:
            sums[0] += _total_norm(entering)
        sums[layer + 1] += _total_norm(leaving)

    with torch.inference_mode(), passing(model, see):
        for ids in texts:
            run(model, ids)
    count = sum(len(ids) - 1 for ids in texts)
    return [total / count for total in sums]


def _total_norm(hidden: "torch.Tensor") -> float:
    return float(hidden.reshape(-1, hidden.shape[-1])[1:].float().norm(dim=-1).sum())


@repair("norm")
def match_norms(
    variant: "PreTrainedModel", base: "PreTrainedModel", texts: Sequence[Sequence[int]]
) -> "PreTrainedModel":
    """A twin of `variant` whose stream has the unpruned model's size after every cut.

    Args:
        variant: made by `prune_layers` from `base`.
        base: the unpruned model.
        texts: token ids of calibration texts.

    Raises:
        BadInput: the family writes to its stream in a way that is not known here, or there are no texts.
    """
    if not texts or min(len(ids) for ids in texts) < 2:  # noqa: PLR2004  # the first token is left out
        raise BadInput("norm matching was given no calibration text of at least 2 tokens; it needs one")
    kept = kept_layers(variant, base)
    require_scalable(base, texts[0])
    scales = scales_at_cuts(stream_norms(base, texts), kept)
    return scaled_writers(variant, [math.prod(scales[place:-1]) for place in range(len(kept) + 1)])


@repair("prune_and_comp")
def compensate(
    variant: "PreTrainedModel", base: "PreTrainedModel", texts: Sequence[Sequence[int]]
) -> "PreTrainedModel":
    """A twin of `variant` with Prune&Comp's scales, as if its layers had gone one at a time.

    The order is that of the released search among the layers that are gone: the least influential one of the model
    compensated so far. After the method `prune_and_comp` it is the order in which that method took them. Arguments and
    refusals as of `match_norms`.
    """
    kept = kept_layers(variant, base)
    gone = set(range(len(decoder_layers(base).modules))) - set(kept)
    return scaled_writers(variant, scale_factors(compensated_steps(base, texts, len(gone), gone), kept))
