"""What a checkpoint has of another: which of the parent's layers its own are (`alignment`), and what else differs."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.models.families import DEPTH_NAMES, INDEX_LISTS
from harness.models.fingerprint import STORED
from harness.models.structure import decoder_layers, text_config
from harness.prune.alignment import correlations, matched
from harness.prune.compensation import POST_NORMS, WRITERS
from harness.prune.plan import LayerPlan

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel
    from harness.prune.alignment import Layer


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
    settings: Mapping[str, tuple[object, object]]
    """Sizes and other settings that differ: the parent's, the checkpoint's."""
    zeroed: tuple[str, ...] = ()
    """Matrices of the checkpoint's layers that are all zero, as where a unit was removed: "3 self_attn.o_proj"."""
    parameters: tuple[int, int] = (0, 0)
    """Numbers of parameters in the layers: the parent's, the checkpoint's."""
    packed: bool = False
    """Whether a quantisation packs matrices, so that they could not be held against the parent's."""

    @property
    def kept(self) -> tuple[int, ...] | None:
        """The parent's layers that are left, where every layer is one of them."""
        found = tuple(origin.layer for origin in self.origins if origin.layer is not None)
        return found if len(found) == len(self.origins) else None

    @property
    def grown(self) -> str:
        """What the checkpoint has more of than its parent, as where the two are swapped; mostly ""."""
        own, (here, there) = len(self.origins), self.parameters
        wider = own == self.depth and there > here and not self.packed
        more = f"{there:,} parameters in its layers, the parent {here:,}" if wider else ""
        return f"{own} layers, the parent {self.depth}" if own > self.depth else more

    @property
    def changes_nothing(self) -> bool:
        """Whether it is the parent."""
        whole = self.kept == tuple(range(self.depth)) and all(origin.same for origin in self.origins)
        return whole and self.rest_same and not self.settings and len(set(self.dtypes)) == 1

    def sentences(self) -> list[str]:
        """What differs, in words."""
        if self.changes_nothing:
            return [f"the same weights as the parent's, all {self.depth} layers"]
        asked = [f"has {self.grown}: are the two swapped? The parent is named first"] if self.grown else []
        return [*asked, self._depth(), *self._weights(), *self._rest()]

    def _depth(self) -> str:
        own = len(self.origins)
        if self.kept is None:
            strangers = [place for place, origin in enumerate(self.origins) if origin.layer is None]
            named = ", ".join(map(str, strangers))
            return (
                f"{own} layers, the parent has {self.depth}; of no layer of the parent's in its order: {named} "
                f"(moved, repeated, of another width, or drawn anew)"
            )
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
        what = "norms alone, matrices being packed," if self.packed else "they"
        shown = min(0.9999, math.floor(10_000 * least) / 10_000)  # changed is never all the same, and never rounded up
        return [f"weights of {how_many} layers were changed; {what} correlate with the parent's by {shown:g} or more"]

    def _rest(self) -> list[str]:
        said = [f"all zero in layer {', '.join(self.zeroed)}"] if self.zeroed else []
        said += [f"{name} {there}, the parent's {here}" for name, (here, there) in self.settings.items()]
        if self.dtypes[0] != self.dtypes[1]:
            said.append(f"weights of {self.dtypes[1]}, the parent's of {self.dtypes[0]}")
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
    alike = correlations(theirs, own)
    origins = [
        Origin(None, 0.0) if place is None
        else Origin(place, alike[layer][place], _same(theirs[place], own[layer]))
        for layer, place in enumerate(matched(alike))
    ]  # fmt: skip
    rest = [_outside(model, path) for model, path in ((parent.model, first.path), (other.model, second.path))]
    return Kinship(
        parent.depth,
        tuple(origins),
        _same(*rest),
        (_stored_as(parent), _stored_as(other)),
        _settings(parent.model, other.model),
        tuple(
            f"{place} {name.removesuffix('.weight')}"
            for place, layer in enumerate(own)
            for name, tensor in layer.items()
            if tensor.ndim > 1 and not bool(tensor.any())
        ),
        parameters=(_size(theirs), _size(own)),
        packed=any(not tensor.is_floating_point() for layer in (*theirs, *own) for tensor in layer.values()),
    )


def only_cut(parent: "LoadedModel", other: "LoadedModel") -> bool:
    """Whether nobody trained a checkpoint: each of its layers reads the stream as one of the parent's, bit for bit.

    What writes to the stream is not looked at, since repairs that train nothing change it.

    Raises:
        BadInput: one of them keeps its layers where they cannot be found.
    """
    theirs, own = ([_readers(layer) for layer in decoder_layers(one.model).modules] for one in (parent, other))
    return all(layer and any(_same(layer, there) for there in theirs) for layer in own)


def _readers(layer: "nn.Module") -> "Layer":
    """Matrices that no repair changes, by name."""
    mended = {*WRITERS, *(name for names in POST_NORMS for name in names)}
    named = layer.named_parameters()
    return {name: tensor for name, tensor in named if tensor.ndim > 1 and mended.isdisjoint(name.split("."))}


def _size(layers: "Sequence[Layer]") -> int:
    return sum(tensor.numel() for layer in layers for tensor in layer.values())


def _same(one: "Layer", other: "Layer") -> bool:
    import torch

    def equal(a: "torch.Tensor", b: "torch.Tensor") -> bool:
        if a.shape != b.shape:
            return False
        if torch.equal(a.to(b.dtype), b) or torch.equal(a, b.to(a.dtype)):
            return True
        narrower = (torch.bfloat16, torch.float16) if a.is_floating_point() and b.is_floating_point() else ()
        return any(  # one of them was rounded, and loaded as wide as the other
            torch.equal(a.to(one), b.to(one)) and (_survives(a, one) or _survives(b, one)) for one in narrower
        )

    return one.keys() == other.keys() and all(equal(one[name], other[name]) for name in one)


def _survives(tensor: "torch.Tensor", dtype: "torch.dtype") -> bool:
    """Whether rounding to a dtype changes nothing."""
    import torch

    return torch.equal(tensor.to(dtype).to(tensor.dtype), tensor)


def _stored_as(loaded: "LoadedModel") -> str:
    """The narrowest dtype that holds the weights of the layers, whatever they were loaded as."""
    import torch

    weights = [p.detach() for layer in decoder_layers(loaded.model).modules for p in layer.parameters()]
    if any(not p.is_floating_point() for p in weights):
        return "a quantisation"
    narrow = {"bfloat16": torch.bfloat16, "float16": torch.float16}
    return next((name for name, dtype in narrow.items() if all(_survives(p, dtype) for p in weights)), loaded.dtype)


def _settings(parent: "PreTrainedModel", other: "PreTrainedModel") -> dict[str, tuple[object, object]]:
    """Entries of the decoder's config, and end tokens, that both have and that differ."""
    here, there = text_config(parent).to_dict(), text_config(other).to_dict()
    stored = STORED | set(DEPTH_NAMES) | set(INDEX_LISTS)
    names = [name for name in here if name in there and name not in stored and not name.startswith("_")]
    pairs = {name: (here[name], there[name]) for name in names if not isinstance(here[name], list | tuple)}
    ends = [getattr(model.generation_config, "eos_token_id", None) for model in (parent, other)]
    pairs["end tokens"] = (ends[0], ends[1])
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1] and None not in pair}


def _outside(model: "nn.Module", path: str) -> "Layer":
    """What is saved and in no layer; a head that is tied to the embedding is there twice."""
    return {name: tensor for name, tensor in model.state_dict().items() if not name.startswith(f"{path}.")}
