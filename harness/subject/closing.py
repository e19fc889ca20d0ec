"""How a case ends: what it hands to whoever opened it, a check of pytest or a command."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput

if TYPE_CHECKING:
    from harness.decide.design import Design, VerdictName
    from harness.decide.testable import Decidability
    from harness.decide.verdict import Judgement
    from harness.report.items import Results
    from harness.report.record import Effect, Score


class NotTestable(Exception):  # noqa: N818  # an outcome of a check, like pytest's own, and no error
    """Ends a case whose claim the base alone shows to be undecidable; its row is written."""


@dataclass(frozen=True)
class Ended:
    """What came of a case."""

    verdict: "VerdictName"
    reason: str
    """Why this verdict, and what would decide it."""
    effect: "Effect | None"
    """None where nothing but the base was asked."""
    p_value: float | None
    n_items: int
    results: "Results"
    """Variant -> task -> result, the unpruned first."""
    measurements: dict[str, Any]
    ground: "Decidability"
    """What the base alone said of it."""
    scores: "tuple[Score, ...]" = ()
    """What each task came to."""


OURS = ("clearest_layer", "conditions", "effects", "extremes", "layers_beyond_minimum", "looks", "race")
"""Measurements that a case writes itself, and readers of its row rely on."""


def require_free(claim: str, measurements: Mapping[str, Any]) -> None:
    """Refuse measurements under names that a case writes itself.

    Raises:
        BadInput: there is one.
    """
    taken = [name for name in OURS if name in measurements]
    if taken:
        raise BadInput(
            f"claim {claim}: measurements has {taken[0]!r}, which the harness writes itself; give it another name"
        )


def conditions_in(design: "Design", judged: "Judgement") -> dict[str, Any]:
    """What was measured of each condition, and how much is demanded at `least`; nothing of a design without any."""
    least = {condition.name: condition.least for condition in design.conditions}
    seen = {name: asdict(interval) | {"least": least[name]} for name, interval in judged.conditions.items()}
    return {"conditions": seen} if seen else {}


def sweep_in(design: "Design", judged: "Judgement", layer: Callable[[int], int]) -> dict[str, Any]:
    """The effect without every layer of a sweep, and which of them decide; `layer` is which one stands at a place."""
    if not design.sweep:
        return {}
    effects = [
        {"layer": layer(at), "estimate": one.estimate, "low": one.low, "high": one.high}
        for at, one in enumerate(judged.intervals)
    ]
    beyond = [one["layer"] for one in effects if one["low"] > design.minimum]
    return {"clearest_layer": layer(judged.place), "layers_beyond_minimum": beyond, "effects": effects}


def effect_of(judged: "Judgement", name: str, unit: str) -> "Effect":
    """The deciding interval under its name."""
    from harness.report.record import Effect

    found = judged.interval
    return Effect(name, found.estimate, found.low, found.high, found.confidence, unit)


Closing = Callable[[Ended, Sequence[str]], None]
"""Keeps what came of a case and ends it as its verdict says; given the variants whose worst items to show."""
