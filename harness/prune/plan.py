"""Which layers of a model stay, which of them lose their attention or MLP, and which get new weights. Pure.

Indices are 0-based indices of the model the plan is made for. Text ranges are inclusive on both ends ("22-29" is eight
layers), as people write them; everything in code is half-open.
"""

import operator
import re
import reprlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.errors import BadInput

Unit = Literal["attn", "mlp"]
UNITS: tuple[Unit, Unit] = ("attn", "mlp")
DEEPEST = 100_000
"""No model has as many layers; what names more is refused before it takes memory."""
UNITS_PER_LAYER = len(UNITS)
"""A layer is one attention and one MLP unit; a plan's size is counted in units (EvoPress, BlockPruner)."""


@dataclass(frozen=True)
class Blend:
    """New weights for a kept layer, mixed from layers of the unpruned model (LaCo, MKA)."""

    layer: int
    of: tuple[tuple[int, float], ...]
    """(source layer, coefficient); the new weight is the sum of coefficient x the source's weight."""
    own_norms: bool = False
    """Whether the layer keeps its own norm weights (LaCo as released)."""


@dataclass(frozen=True)
class LayerPlan:
    """What stays of a model."""

    kept: tuple[int, ...]
    """Layers that stay, in order."""
    depth: int
    """Layers of the unpruned model."""
    without_attention: tuple[int, ...] = ()
    """Kept layers whose attention goes, in order."""
    without_mlp: tuple[int, ...] = ()
    """Kept layers whose MLP goes, in order."""
    blends: tuple[Blend, ...] = ()
    """Kept layers with new weights, by layer."""

    def __post_init__(self) -> None:
        """Refuse plans that no model can follow."""
        for layer in (*self.kept, *self.without_attention, *self.without_mlp):
            layer_index(layer)
        if self.kept and max(self.kept) >= self.depth:
            raise BadInput(_absent(max(self.kept), self.depth))
        if list(self.kept) != sorted(set(self.kept)) or not all(layer >= 0 for layer in self.kept):
            raise BadInput(f"kept layers {list(self.kept)} are not increasing indices in [0, {self.depth})")
        if not self.kept:
            raise BadInput(f"the plan removes all {self.depth} layers; at least one must stay")
        self._check_partly(self.without_attention, "attention goes")
        self._check_partly(self.without_mlp, "MLP goes")
        self._check_partly(tuple(blend.layer for blend in self.blends), "weights are blended")
        both = set(self.without_attention) & set(self.without_mlp)
        if both:
            raise BadInput(f"layer {min(both)} loses attention and MLP; remove the layer instead")
        for blend in self.blends:
            wrong = [source for source, _ in blend.of if not 0 <= source < self.depth]
            if wrong or not blend.of:
                raise BadInput(
                    f"layer {blend.layer} is blended of {list(blend.of)}, expected layers in [0, {self.depth})"
                )

    def _check_partly(self, layers: tuple[int, ...], what: str) -> None:
        if list(layers) != sorted(set(layers)) or not set(layers) <= set(self.kept):
            raise BadInput(f"layers whose {what}, {list(layers)}, are not increasing indices of kept layers")

    @property
    def removed(self) -> tuple[int, ...]:
        """The layers that go whole, in order."""
        kept = set(self.kept)
        return tuple(layer for layer in range(self.depth) if layer not in kept)

    @property
    def units(self) -> frozenset[tuple[int, Unit]]:
        """The attention and MLP units that go, by layer; a whole layer is two of them."""
        partly: dict[Unit, tuple[int, ...]] = {"attn": self.without_attention, "mlp": self.without_mlp}
        return frozenset((layer, unit) for unit, layers in partly.items() for layer in (*self.removed, *layers))

    @property
    def units_removed(self) -> int:
        """Attention and MLP units that go; a whole layer counts two."""
        return len(self.units)

    @property
    def whole_layers_only(self) -> bool:
        """Whether the plan does nothing but remove whole layers."""
        return not (self.without_attention or self.without_mlp or self.blends)

    @property
    def changes_nothing(self) -> bool:
        """Whether the plan is the unpruned model."""
        return self.whole_layers_only and not self.removed

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

    @classmethod
    def without_units(cls, units: Iterable[tuple[int, Unit]], depth: int) -> "LayerPlan":
        """Remove attention and MLP units; a layer that loses both goes whole.

        Raises:
            BadInput: a layer is out of range, or a unit is named twice.
        """
        named = list(units)
        twice = next((unit for unit, count in Counter(named).items() if count > 1), None)
        if twice:
            raise BadInput(f"unit {twice[1]}{twice[0]} is named twice; name each unit to remove once")
        attention, mlp = ({layer for layer, unit in named if unit == which} for which in ("attn", "mlp"))
        require_layers(attention & mlp, depth)
        wrong = [layer for layer in sorted(attention | mlp) if not 0 <= layer < depth]
        if wrong:
            raise BadInput(_absent(wrong[0], depth))
        whole = attention & mlp
        kept = tuple(layer for layer in range(depth) if layer not in whole)
        return cls(kept, depth, tuple(sorted(attention - whole)), tuple(sorted(mlp - whole)))

    def describe(self) -> str:
        """What goes, as text: "22-29", "3,5-7,attn12,mlp28", "9-11,blend8", or "nothing"."""
        runs: list[list[int]] = []
        for layer in self.removed:
            if runs and layer == runs[-1][-1] + 1:
                runs[-1].append(layer)
            else:
                runs.append([layer])
        parts = [f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs]
        parts += [f"attn{layer}" for layer in self.without_attention]
        parts += [f"mlp{layer}" for layer in self.without_mlp]
        parts += [f"blend{blend.layer}" for blend in self.blends]
        return ",".join(parts) or "nothing"


def require_layers(layers: Iterable[int], depth: int) -> set[int]:
    """The layers as a set.

    Raises:
        BadInput: an index is no integer, out of range, named twice, or every layer is named.
    """
    if not isinstance(layers, Iterable):
        raise BadInput(f"layers {layers!r}: expected several, in a list such as [{layers!r}]")
    named = [layer_index(layer) for layer in layers]
    wrong = [layer for layer in named if not 0 <= layer < depth]
    if wrong:
        raise BadInput(_absent(wrong[0], depth))
    if len(set(named)) != len(named):
        twice = next(layer for layer, count in Counter(named).items() if count > 1)
        raise BadInput(f"layer {twice} is named twice; name each layer to remove once")
    if len(named) == depth:
        raise BadInput(f"all {depth} layers are to be removed; at least one must stay")
    return set(named)


def _absent(layer: int, depth: int) -> str:
    return f"layer {layer} does not exist; the model has layers 0 to {depth - 1}"


def _cut(text: str) -> str:
    """As Python writes it, the middle of a long text left out."""
    return repr(text if len(text) <= 60 else f"{text[:40]}...{text[-10:]}")  # noqa: PLR2004  # what fits a line


def layer_index(layer: Any) -> int:  # noqa: ANN401  # whatever a foreign method returned
    """A layer as Python's int; numpy's and torch's whole numbers are as good.

    Raises:
        BadInput: it is no whole number; what is true or false names no layer, though Python counts with it.
    """
    try:
        index = operator.index(layer)
    except TypeError:
        index = None
    if index is None or "bool" in str(getattr(layer, "dtype", type(layer))):
        raise BadInput(f"layer {reprlib.repr(layer)} is no whole number; name layers by their 0-based index")
    return index


def parse_layers(text: str, depth: int = DEEPEST) -> tuple[int, ...]:
    """Layer indices below `depth` from text such as "22-29,31".

    Raises:
        BadInput: the text is no list of indices and ranges, or names a layer that does not exist.
    """
    layers: list[int] = []
    for part in _parts(text):
        found = re.fullmatch(r"([0-9]{1,18})(?:-([0-9]{1,18}))?", part)
        if not found or (found[2] and int(found[2]) < int(found[1])):
            raise BadInput(f"{_cut(part)} in {_cut(text)} is no layer or range; write layers like 22-29,31")
        first, last = int(found[1]), int(found[2] or found[1])
        if last >= depth:  # before a range takes memory
            raise BadInput(_absent(last, depth))
        layers += range(first, last + 1)
    return tuple(layers)


def parse_plan(text: str, depth: int) -> LayerPlan:
    """A plan from text such as "22-29,attn12,mlp28": what `LayerPlan.describe` writes, but for blends.

    Raises:
        BadInput: the text names no units, or units that the model does not have.
    """
    units: list[tuple[int, Unit]] = []
    for part in _parts(text):
        found = re.fullmatch(r"(attn|mlp)([0-9]{1,18})", part)
        if not part:
            raise BadInput(f"{_cut(part)} in {_cut(text)} is no layer or range; write layers like 22-29,31")
        if found:
            units.append((int(found[2]), "attn" if found[1] == "attn" else "mlp"))
        else:
            units += [(layer, unit) for layer in parse_layers(part, depth) for unit in UNITS]
    named = set(units)
    layers = [layer for layer, unit in units if unit == "attn" and (layer, "mlp") in named]
    require_layers(layers, depth)
    return LayerPlan.without_units(units, depth)


def _parts(text: str) -> Sequence[str]:
    return [part.strip() for part in text.replace("+", ",").split(",")]
