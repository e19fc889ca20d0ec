"""What a checkpoint has of another: which of the parent's layers its own are, and what else differs.

Layers are matched by their weights, in order: the correlation of every tensor of one layer with the tensor of that name
in another, on at most `SAMPLE` evenly spaced entries, averaged over the tensors of equal shape; the order-preserving
assignment with the largest sum (dynamic programming, as sequences are aligned) is the answer. Weights that were trained
on, quantised and loaded back, or rounded keep a correlation near 1; those of another layer are near 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.models.structure import decoder_layers, text_config
from harness.prune.plan import LayerPlan

if TYPE_CHECKING:
    import torch
    from torch import nn

    from harness.models.load import LoadedModel

    Layer = Mapping[str, torch.Tensor]
    Sampled = dict[tuple[str, tuple[int, ...]], torch.Tensor]

SAMPLE = 65_536
LEAST = 0.5
"""Correlation below which a layer is nobody's."""
WIDTHS = (
    "hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads", "head_dim", "vocab_size"
)  # fmt: skip


@dataclass(frozen=True)
class Origin:
    """Where a layer comes from."""

    layer: int | None
    """The parent's, 0-based; None: it resembles none."""
    correlation: float = 0.0
    """Of its weights with that layer's, the mean over tensors, in [-1, 1]."""
    same: bool = False
    """Whether they are the same bit for bit, in the coarser of the two dtypes."""


@dataclass(frozen=True)
class Kinship:
    """A checkpoint held against its parent."""

    depth: int
    """The parent's number of layers."""
    origins: tuple[Origin, ...]
    """One a layer of the checkpoint."""
    rest_same: bool
    """Whether everything outside the layers (embeddings, last norm, head) is the parent's."""
    dtypes: tuple[str, str]
    widths: Mapping[str, tuple[object, object]]
    """Sizes of the config that differ: the parent's, the checkpoint's."""

    @property
    def kept(self) -> tuple[int, ...] | None:
        """The parent's layers that are left, where every layer is one of them."""
        found = tuple(origin.layer for origin in self.origins if origin.layer is not None)
        return found if len(found) == len(self.origins) else None

    @property
    def changes_nothing(self) -> bool:
        """Whether it is the parent."""
        whole = self.kept == tuple(range(self.depth)) and all(origin.same for origin in self.origins)
        return whole and self.rest_same and not self.widths and len(set(self.dtypes)) == 1

    def sentences(self) -> list[str]:
        """What differs, in words."""
        if self.changes_nothing:
            return [f"the same weights as the parent's, all {self.depth} layers"]
        return [self._depth(), *self._weights(), *self._rest()]

    def _depth(self) -> str:
        own = len(self.origins)
        if self.kept is None:
            strangers = [place for place, origin in enumerate(self.origins) if origin.layer is None]
            named = ", ".join(map(str, strangers))
            return f"{own} layers, the parent has {self.depth}; of no layer of the parent's: {named}"
        gone = LayerPlan(self.kept, self.depth).describe()
        return f"{own} of the parent's {self.depth} layers: without {gone}" if own < self.depth else f"all {own} layers"

    def _weights(self) -> list[str]:
        known = [origin for origin in self.origins if origin.layer is not None]
        changed = [origin for origin in known if not origin.same]
        if not known:
            return []
        if not changed:
            return ["weights of these layers: the parent's, bit for bit"]
        least = min(origin.correlation for origin in changed)
        how_many = "all" if len(changed) == len(known) else f"{len(changed)} of {len(known)}"
        return [f"weights of {how_many} layers were changed; correlation with the parent's at least {least:.3f}"]

    def _rest(self) -> list[str]:
        said = [f"{name} {there}, the parent's {here}" for name, (here, there) in self.widths.items()]
        if self.dtypes[0] != self.dtypes[1]:
            said.append(f"{self.dtypes[1]}, the parent {self.dtypes[0]}")
        if not self.rest_same:
            said.append("embeddings, last norm or head were changed")
        return said


def kinship(parent: "LoadedModel", other: "LoadedModel") -> Kinship:
    """Find out what a checkpoint has of its parent.

    Raises:
        BadInput: one of them keeps its layers where they cannot be found.
    """
    first, second = decoder_layers(parent.model), decoder_layers(other.model)
    theirs = [dict(layer.named_parameters()) for layer in first.modules]
    own = [dict(layer.named_parameters()) for layer in second.modules]
    alike = _alike(theirs, own)
    origins = [
        Origin(None, 0.0) if place is None
        else Origin(place, alike[layer][place], _same(theirs[place], own[layer]))
        for layer, place in enumerate(matched(alike))
    ]  # fmt: skip
    rest = [_outside(model, path) for model, path in ((parent.model, first.path), (other.model, second.path))]
    here, there = text_config(parent.model), text_config(other.model)
    sizes = {name: (getattr(here, name, None), getattr(there, name, None)) for name in WIDTHS}
    return Kinship(
        parent.depth,
        tuple(origins),
        _same(*rest),
        (parent.dtype, other.dtype),
        {name: pair for name, pair in sizes.items() if pair[0] != pair[1]},
    )


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


def _alike(
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


def _same(one: "Layer", other: "Layer") -> bool:
    import torch

    def equal(a: "torch.Tensor", b: "torch.Tensor") -> bool:
        if a.shape != b.shape:
            return False
        return torch.equal(a.to(b.dtype), b) or torch.equal(a, b.to(a.dtype))

    return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)


def _outside(model: "nn.Module", path: str) -> "Layer":
    """Parameters that are in no layer."""
    return {name: p for name, p in model.named_parameters() if not name.startswith(f"{path}.")}
