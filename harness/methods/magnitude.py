"""Magnitude: the layers with the smallest weights go (2402.02834, 2411.15558).

score_l = sum of |w|^p over the weights of layer l, norms included (`tools.layer_weights`), in float32. Of ties the
deeper goes first.

- `magnitude_l1`, `magnitude_l2`: p = 1 and 2, of all layers, as Lu et al. prune (yaolu-zjut/Navigation-LLM-layer-
  pruning @ e1f938a); for p = 2 that is the square of the norm, which gives the same order.
- `magnitude_guarded`: "Mag+" of Shortened LLaMA: p = 1, and the first 4 and the last 2 layers stay (`tools.guard`).
"""

from typing import TYPE_CHECKING

from harness.methods.method import Ranking, method
from harness.methods.tools.guard import unguarded
from harness.methods.tools.layer_weights import layer_weights
from harness.methods.tools.lowest import lowest
from harness.models.structure import decoder_layers

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


def _scores(loaded: "LoadedModel", power: int) -> tuple[float, ...]:
    return tuple(
        sum(float(weight.detach().float().abs().pow(power).sum()) for weight in layer_weights(layer).values())
        for layer in decoder_layers(loaded.model).modules
    )


@method("magnitude_l1", needs="nothing")
def magnitude_l1(loaded: "LoadedModel", n: int) -> Ranking:
    """Remove the layers with the smallest sum of absolute weights.

    Raises:
        BadInput: the weights are quantised.
    """
    scores = _scores(loaded, 1)
    return Ranking(lowest(scores, n), scores, "magnitude_l1")


@method("magnitude_l2", needs="nothing")
def magnitude_l2(loaded: "LoadedModel", n: int) -> Ranking:
    """Remove the layers with the smallest sum of squared weights.

    Raises:
        BadInput: the weights are quantised.
    """
    scores = _scores(loaded, 2)
    return Ranking(lowest(scores, n), scores, "magnitude_l2")


@method("magnitude_guarded", needs="nothing")
def magnitude_guarded(loaded: "LoadedModel", n: int) -> Ranking:
    """Remove the layers with the smallest sum of absolute weights, sparing the first 4 and the last 2.

    Raises:
        BadInput: the weights are quantised, or too few layers may go.
    """
    free = unguarded(loaded.depth, n, "magnitude")
    scores = _scores(loaded, 1)
    return Ranking(lowest(scores, n, free), scores, "magnitude_guarded")
