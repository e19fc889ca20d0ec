"""A repair as a value: what gives a pruned model other numbers without training it. One file each, by decorator."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.plain import require_plain

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel

Fits = Callable[["PreTrainedModel", "PreTrainedModel", Sequence[Sequence[int]]], "PreTrainedModel"]
"""(pruned model, unpruned model, token ids of calibration texts) -> a twin of the first with weights of its own."""


@dataclass(frozen=True)
class Repair:
    """One way to make up for layers that are gone, in closed form."""

    name: str
    """What `--repair` calls it."""
    function: Fits


REPAIRS: dict[str, Repair] = {}


def repair(name: str) -> Callable[[Fits], Fits]:
    """Register a repair under a name."""

    def register(function: Fits) -> Fits:
        REPAIRS[name] = Repair(name, function)
        return function

    return register


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
    model = chosen.function(variant.model, base, texts)
    return replace(variant, model=model, fingerprint=fingerprint(model))
