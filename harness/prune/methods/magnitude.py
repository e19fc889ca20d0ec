"""Magnitude: the layers with the smallest weights go (2411.15558; `neighbouring-methods.md` F6).

score_l = sum of |w|^p over the weight matrices of layer l, p = 1 (`magnitude_l1`) or 2 (`magnitude_l2`), summed in
float32. For p = 2 that is the square of the norm, which gives the same order. Of equals the deeper goes first.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.prune.lowest import lowest
from harness.prune.matrices import matrices
from harness.prune.rank import Ranking, method
from harness.prune.structure import decoder_layers

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


def _ranking(loaded: "LoadedModel", n: int, power: int, name: str) -> Ranking:
    scores = tuple(
        sum(float(weight.detach().float().abs().pow(power).sum()) for weight in matrices(layer).values())
        for layer in decoder_layers(loaded.model).modules
    )
    return Ranking(lowest(scores, n), scores, name)


@method("magnitude_l1", needs="nothing")
def magnitude_l1(loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int) -> Ranking:  # noqa: ARG001
    """Remove the layers with the smallest sum of absolute weights.

    Raises:
        BadInput: the weights are quantised.
    """
    return _ranking(loaded, n, 1, "magnitude_l1")


@method("magnitude_l2", needs="nothing")
def magnitude_l2(loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int) -> Ranking:  # noqa: ARG001
    """Remove the layers with the smallest sum of squared weights.

    Raises:
        BadInput: the weights are quantised.
    """
    return _ranking(loaded, n, 2, "magnitude_l2")
