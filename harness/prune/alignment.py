"""Which layers of a model are another's.

Layers are matched by their weights, in order: the correlation of every tensor of one layer with the tensor of that name
in another, on at most `SAMPLE` evenly spaced entries, averaged over the tensors of equal shape; the order-preserving
assignment with the largest sum (dynamic programming, as sequences are aligned) is the answer. Weights that were trained
on, quantised and loaded back, or rounded keep a correlation near 1; those of another layer are near 0.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Layer = Mapping[str, torch.Tensor]
    Sampled = dict[tuple[str, tuple[int, ...]], torch.Tensor]

SAMPLE = 65_536
LEAST = 0.5
"""Correlation below which a layer is nobody's."""


def matched(alike: Sequence[Sequence[float]]) -> list[int | None]:
    """For each row its column, columns rising, with the largest sum of what exceeds `LEAST`; None: no column. Pure.

    Args:
        alike: a row a layer of the checkpoint, a column a layer of the parent.
    """
    columns = len(alike[0]) if alike else 0
    best = [[0.0] * (columns + 1) for _ in range(len(alike) + 1)]  # of the rows and columns from here on
    for row in range(len(alike) - 1, -1, -1):
        for column in range(columns - 1, -1, -1):
            taken = max(0.0, alike[row][column] - LEAST) + best[row + 1][column + 1]
            best[row][column] = max(taken, best[row + 1][column], best[row][column + 1])
    found, column = list[int | None](), 0
    for row, values in enumerate(alike):
        if best[row][column] == best[row + 1][column]:
            found.append(None)
            continue
        column = next(
            place for place in range(column, columns)
            if max(0.0, values[place] - LEAST) + best[row + 1][place + 1] == best[row][column]
        )  # fmt: skip
        found.append(column)
        column += 1
    return found


def correlations(
    theirs: Sequence[Mapping[str, "torch.Tensor"]], own: Sequence[Mapping[str, "torch.Tensor"]]
) -> list[list[float]]:
    """Correlation of each own layer with each of theirs."""
    first, second = [_sampled(layer) for layer in theirs], [_sampled(layer) for layer in own]
    return [[_correlation(layer, other) for other in first] for layer in second]


def _sampled(layer: "Layer") -> "Sampled":
    """Entries of each tensor, centred and of length 1; constant tensors, which resemble all others, are left out."""
    found = {}
    for name, tensor in layer.items():
        if not tensor.is_floating_point():
            continue  # packed by a quantisation
        flat = tensor.detach().reshape(-1)
        part = flat[:: max(1, len(flat) // SAMPLE)].float().cpu()
        part = part - part.mean()
        if float(part.norm()) > 0:
            found[name, tuple(tensor.shape)] = part / part.norm()
    return found


def _correlation(one: "Sampled", other: "Sampled") -> float:
    """Mean over the tensors that both have; matrices only, where there are such: norms of all layers are alike."""
    both = [named for named in one if named in other]
    matrices = [(name, shape) for name, shape in both if len(shape) > 1] or both
    if not matrices:
        return 0.0
    return sum(float(one[named] @ other[named]) for named in matrices) / len(matrices)
