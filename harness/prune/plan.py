"""Which layers of a model stay. Pure.

Indices are 0-based indices of the model the plan is made for. Text ranges are inclusive on both ends ("22-29" is eight
layers), as people write them; everything in code is half-open.
"""

import operator
import re
from collections.abc import Iterable
from dataclasses import dataclass

from harness.errors import BadInput


@dataclass(frozen=True)
class LayerPlan:
    """The layers that stay, in order."""

    kept: tuple[int, ...]
    depth: int
    """Layers of the unpruned model."""

    def __post_init__(self) -> None:
        """Refuse plans that no model can follow."""
        if list(self.kept) != sorted(set(self.kept)) or not all(0 <= layer < self.depth for layer in self.kept):
            raise BadInput(f"kept layers {list(self.kept)} are not increasing indices in [0, {self.depth})")
        if not self.kept:
            raise BadInput(f"the plan removes all {self.depth} layers; at least one must stay")

    @property
    def removed(self) -> tuple[int, ...]:
        """The layers that go, in order."""
        return tuple(layer for layer in range(self.depth) if layer not in set(self.kept))

    @classmethod
    def full(cls, depth: int) -> "LayerPlan":
        """Remove nothing."""
        return cls(tuple(range(depth)), depth)

    @classmethod
    def without(cls, layers: Iterable[int], depth: int) -> "LayerPlan":
        """Remove `layers`.

        Raises:
            BadInput: an index is out of range or named twice.
        """
        removed = require_layers(layers, depth)
        return cls(tuple(layer for layer in range(depth) if layer not in removed), depth)

    def describe(self) -> str:
        """The removed layers as text: "22-29", "3,5-7", or "nothing"."""
        runs: list[list[int]] = []
        for layer in self.removed:
            if runs and layer == runs[-1][-1] + 1:
                runs[-1].append(layer)
            else:
                runs.append([layer])
        return ",".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs) or "nothing"


def require_layers(layers: Iterable[int], depth: int) -> set[int]:
    """The layers as a set.

    Raises:
        BadInput: an index is no integer, out of range, named twice, or every layer is named.
    """
    named = [_index(layer) for layer in layers]
    wrong = [layer for layer in named if not 0 <= layer < depth]
    if wrong:
        raise BadInput(f"layer {wrong[0]} does not exist; the model has layers 0 to {depth - 1}")
    if len(set(named)) != len(named):
        twice = next(layer for layer in named if named.count(layer) > 1)
        raise BadInput(f"layer {twice} is named twice; name each layer to remove once")
    if len(named) == depth:
        raise BadInput(f"all {depth} layers are to be removed; at least one must stay")
    return set(named)


def _index(layer: int) -> int:
    try:
        return operator.index(layer)
    except TypeError:
        raise BadInput(f"layer {layer!r} is no whole number; name layers by their 0-based index") from None


def parse_layers(text: str) -> tuple[int, ...]:
    """Layer indices from text such as "22-29,31".

    Raises:
        BadInput: the text is no list of indices and ranges.
    """
    layers: list[int] = []
    for part in text.replace("+", ",").split(","):
        found = re.fullmatch(r"\s*(\d+)(?:-(\d+))?\s*", part)
        if not found or (found[2] and int(found[2]) < int(found[1])):
            raise BadInput(f"{part.strip()!r} in {text!r} is no layer or range; write layers like 22-29,31")
        layers += range(int(found[1]), int(found[2] or found[1]) + 1)
    return tuple(layers)
