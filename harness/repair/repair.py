"""A repair as a value: what gives a pruned model other numbers without training it. One file each, by decorator."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import BadInput, DoesNotFit
from harness.models.plain import require_plain
from harness.models.structure import decoder_layers
from harness.repair.cuts import kept_layers

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel
    from harness.prune.plan import LayerPlan

Fits = Callable[["PreTrainedModel", "PreTrainedModel", Sequence[Sequence[int]]], "PreTrainedModel"]
"""(pruned model, unpruned model, token ids of calibration texts) -> a twin of the first with weights of its own."""


@dataclass(frozen=True)
class Repair:
    """One way to make up for layers that are gone, in closed form."""

    name: str
    """What `--repair` calls it."""
    function: Fits
    place: str = ""
    """Where it stands, `FOLDED` or `BEHIND`, so that there must be a layer before each cut; "": it needs none."""
    plain: bool = True
    """Whether the result is an ordinary model, which a folder can hold."""


FOLDED, BEHIND = "folded into the MLP of", "put behind"
REPAIRS: dict[str, Repair] = {}


def repair(name: str, *, place: str = "", plain: bool = True) -> Callable[[Fits], Fits]:
    """Register a repair under a name; `place` and `plain` as of `Repair`."""

    def register(function: Fits) -> Fits:
        REPAIRS[name] = Repair(name, function, place, plain)
        return function

    return register


def unplain(name: str) -> str:
    """Say why the result of a repair is no ordinary model, and what to do about it."""
    others = ", ".join(other.name for other in repairs().values() if other.plain)
    return (
        f"repair {name} puts a module of its own behind a layer, and no ordinary model has a place for it; evaluate it "
        f"in memory (--recipe {name.replace('_', '-')}), or choose one of {others}"
    )


def repairs() -> dict[str, Repair]:
    """All repairs by name, in order of name."""
    import harness.repair  # noqa: F401  # registers them

    return dict(sorted(REPAIRS.items()))


def repair_named(name: str) -> Repair:
    """A repair.

    Raises:
        BadInput: there is none of that name.
    """
    known = repairs()
    if name not in known:
        raise BadInput(f"repair {name!r} is unknown; use one of {', '.join(known)}")
    return known[name]


def require_plan(name: str, plan: "LayerPlan", given: str = "the plan is") -> None:
    """Refuse a plan that a repair makes nothing right of. Pure.

    Args:
        name: of the repair.
        plan: what is removed.
        given: how the plan is introduced in the refusal.

    Raises:
        BadInput: there is no such repair, or the plan is more than whole layers: what is left of it is not the
            unpruned model's, on which everything is measured.
        DoesNotFit: nothing is left before the first cut.
    """
    chosen = repair_named(name)
    if not plan.whole_layers_only:
        raise BadInput(
            f"repair {name} makes up for whole layers only, and {given} {plan.describe()}; choose a method that "
            f"removes nothing but those, or no repair"
        )
    if chosen.place and plan.kept[0] > 0:
        raise DoesNotFit(
            f"repair {name} is {chosen.place} the layer before a cut, and nothing is left before layer "
            f"{plan.kept[0]}: {given} {plan.describe()}; keep layer 0"
        )


def _require_whole(name: str, variant: "PreTrainedModel", base: "PreTrainedModel") -> None:
    """Refuse a variant of which what is left is not the base's.

    Raises:
        BadInput: a layer lacks a part, or was given other weights.
    """
    import torch

    ours, theirs = decoder_layers(variant).modules, decoder_layers(base).modules
    for place, layer in zip(kept_layers(variant, base), ours, strict=True):
        there, here = ({**dict(of.named_parameters()), **dict(of.named_buffers())} for of in (theirs[place], layer))
        other = next(
            (
                part
                for part in {**there, **here}
                if part not in here
                or part not in there
                or (here[part].data_ptr() != there[part].data_ptr() and not torch.equal(here[part], there[part]))
            ),
            None,
        )
        if other is not None:
            raise BadInput(
                f"repair {name} makes up for whole layers only, and {other} of layer {place} is gone or changed too; "
                f"give it a variant without whole layers and nothing else"
            )


def repaired(
    name: str, variant: "LoadedModel", base: "PreTrainedModel", texts: Sequence[Sequence[int]]
) -> "LoadedModel":
    """The variant with weights that make up for its missing layers; it and the base keep theirs.

    Args:
        name: of the repair.
        variant: a pruned model.
        base: the unpruned model.
        texts: token ids of calibration texts.

    Returns:
        The repaired model; its fingerprint is of its own weights.

    Raises:
        BadInput: there is no such repair, or it cannot repair this model.
    """
    from harness.models.fingerprint import fingerprint

    chosen = repair_named(name)
    require_plain(variant.model, "a repair calculates with them")
    _require_whole(name, variant.model, base)
    model = chosen.function(variant.model, base, texts)
    return replace(variant, model=model, fingerprint=fingerprint(model))
