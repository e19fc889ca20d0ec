"""Where layers are missing, what stands before each such cut, and what the unpruned model has there.

T tokens, D width.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadInput, DoesNotFit
from harness.models.forward import run
from harness.models.hooks import hooked, noting, stream_out
from harness.models.spread import beside
from harness.models.structure import decoder_layers
from harness.prune.units import unit_names

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel

PROBE_TOKENS = (1, 2)
SIZES = 1.0, 3.0  # of what is added in the probe: what a norm stands behind grows with neither
MOST_OFF = 0.05  # of it: rounding in bfloat16


@dataclass(frozen=True)
class Cut:
    """A run of removed layers; all indices are of the unpruned model."""

    first: int
    """The first layer that is gone, behind layer `first` - 1; 0 where none is left before it."""
    end: int
    """The layer behind the last one that is gone; the depth where none is left behind it."""

    def __str__(self) -> str:
        return f"layer {self.first}" if self.end == self.first + 1 else f"layers {self.first}-{self.end - 1}"


@dataclass(frozen=True)
class Seen:
    """What the unpruned model has at a cut on one text, each (T, D), float64."""

    written: "torch.Tensor"
    """What the MLP of the layer before the cut adds to the stream."""
    entering: "torch.Tensor"
    """The stream that enters the first missing layer."""
    leaving: "torch.Tensor"
    """The stream that leaves the last missing layer, before the final norm."""


def kept_layers(variant: "PreTrainedModel", base: "PreTrainedModel") -> list[int]:
    """Which layers of `base` are in `variant`; both name them as layers of the first unpruned model.

    Raises:
        BadInput: no layer is missing.
    """
    kept = getattr(variant.config.get_text_config(), "kept_layers", None)
    whole = getattr(base.config.get_text_config(), "kept_layers", None) or range(len(decoder_layers(base).modules))
    if kept is None or list(kept) == list(whole):
        raise BadInput("a repair was given a model that lacks no layer; remove some with harness.prune_layers first")
    return [list(whole).index(layer) for layer in kept]


def cuts_of(kept: Sequence[int], depth: int) -> list[Cut]:
    """The runs of layers that are not kept, in order. Pure."""
    before, after = [-1, *kept], [*kept, depth]
    return [Cut(last + 1, end) for last, end in zip(before, after, strict=True) if end > last + 1]


def writers_before(
    variant: "PreTrainedModel", base: "PreTrainedModel", repair: str
) -> "list[tuple[Cut, nn.Linear, nn.Linear]]":
    """Each cut with the matrix that writes to the stream last before it, in the variant and in the base.

    Args:
        variant: the pruned model.
        base: the unpruned model.
        repair: its name, for messages.

    Raises:
        BadInput: there is no layer before a cut, or what its MLP writes is not simply added to the stream.
    """
    from torch import nn

    kept = kept_layers(variant, base)
    ours, theirs = decoder_layers(variant).modules, decoder_layers(base).modules
    cuts = cuts_of(kept, len(theirs))
    if cuts[0].first == 0:
        raise DoesNotFit(
            f"repair {repair} is folded into the MLP of the layer before a cut, and {cuts[0]} stood at the beginning; "
            f"keep layer 0"
        )
    names = {cut: _writer(base, theirs[cut.first - 1], cut.first - 1, repair) for cut in cuts}
    found = []
    for cut, name in names.items():
        writer = dict(ours[kept.index(cut.first - 1)].named_modules()).get(name)
        if not isinstance(writer, nn.Linear) or not writer.weight.any():  # absent, or saved with all weights zero
            raise DoesNotFit(
                f"repair {repair} is folded into the MLP of layer {cut.first - 1}, and that is gone too; remove whole "
                f"layers, or another MLP"
            )
        wrote = theirs[cut.first - 1].get_submodule(name)
        assert isinstance(wrote, nn.Linear)
        found.append((cut, writer, wrote))
    return found


def _writer(base: "PreTrainedModel", layer: "nn.Module", index: int, repair: str) -> str:
    """The name of the matrix whose output is the MLP's and is added to the stream as it is."""
    import torch
    from torch import nn

    def refused(why: str) -> DoesNotFit:
        return DoesNotFit(
            f"repair {repair} is folded into the matrix whose output the MLP of layer {index} adds to the stream, and "
            f"in {type(layer).__name__} {why}; choose another repair, such as norm"
        )

    try:
        mlp = unit_names(layer)["mlp"]
    except BadInput:
        raise refused("no MLP is known") from None
    linear: dict[str, nn.Linear] = {
        name: module
        for name, module in layer.named_modules()
        if name.startswith(f"{mlp}.") and type(module) is nn.Linear
    }
    seen: dict[str, torch.Tensor] = {}

    watched = {**linear, mlp: layer.get_submodule(mlp), "": layer}
    with (
        torch.inference_mode(),
        hooked(*(part.register_forward_hook(noting(seen, name)) for name, part in watched.items())),
    ):
        run(base, PROBE_TOKENS)
    alike = [name for name in linear if name in seen and torch.equal(seen[name], seen[mlp])]
    if len(alike) != 1:
        last = [type(part).__name__ for name, part in layer.named_modules() if name.startswith(f"{mlp}.")]
        raise refused(
            "the MLP is written by transformers' Conv1D, which is not known here"
            if "Conv1D" in last
            else "no single nn.Linear inside it writes it (experts do, or the layer has no MLP module of its own)"
        )
    if not _adds(base, layer, linear[alike[0]], seen[""]):
        raise refused("it is not added as it is (a norm or a scale stands behind it)")
    return str(alike[0])


def _adds(base: "PreTrainedModel", layer: "nn.Module", writer: "nn.Linear", leaving: "torch.Tensor") -> bool:
    """Whether what is added to the writer's output is added to the layer's."""
    import torch

    signs = torch.ones(leaving.shape[-1], dtype=leaving.dtype, device=leaving.device)
    signs[::3] = -1
    found: list[torch.Tensor] = []
    for size in SIZES:
        added = size * leaving.abs().max() * signs
        handles = (
            writer.register_forward_hook(lambda _, __, output, added=added: output + added),
            layer.register_forward_hook(lambda _, __, output: found.append(stream_out(output).detach().clone())),
        )
        with torch.inference_mode(), hooked(*handles):
            run(base, PROBE_TOKENS)
        off = (found[-1].reshape(leaving.shape).float() - leaving.float() - added.float()).abs().max()
        if not float(off / added.float().abs().max()) < MOST_OFF:
            return False
    return True


def at_cuts(
    base: "PreTrainedModel", cuts: "Sequence[tuple[Cut, nn.Linear]]", texts: Sequence[Sequence[int]]
) -> Iterator[dict[Cut, Seen]]:
    """What the unpruned model has at each cut, text by text.

    Args:
        base: the unpruned model.
        cuts: each with the matrix of `base` that writes last before it.
        texts: token ids of calibration texts.
    """
    import torch

    stack, seen = decoder_layers(base).modules, dict["nn.Module", torch.Tensor]()
    first = next(base.parameters())
    places = {cut: (writer, stack[cut.first - 1], stack[cut.end - 1]) for cut, writer in cuts}
    watched = {module for three in places.values() for module in three}
    with torch.inference_mode(), hooked(*(one.register_forward_hook(noting(seen, one)) for one in watched)):
        for ids in texts:
            run(base, ids)
            states = {
                module: beside(found.reshape(-1, found.shape[-1]).double(), first) for module, found in seen.items()
            }
            yield {cut: Seen(*(states[module] for module in three)) for cut, three in places.items()}


def require_texts(texts: Sequence[Sequence[int]], repair: str, least: int = 1) -> None:
    """Refuse what nothing can be measured on. Pure.

    Args:
        texts: token ids.
        repair: its name.
        least: tokens that are needed in all.

    Raises:
        BadInput: there are no texts, an empty one, or too few tokens.
    """
    if not texts or not all(texts):
        raise BadInput(f"repair {repair} was given no calibration text, or an empty one; expected some with tokens")
    tokens = sum(map(len, texts))
    if tokens < least:
        raise BadInput(
            f"repair {repair} was given {tokens:,} calibration tokens, and of fewer than {least:,} it would fit their "
            f"noise; give more or longer texts: {math.ceil(least / tokens * len(texts)):,} such as these, or more "
            f"(--calibration)"
        )
