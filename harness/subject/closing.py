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
    from harness.subject.asking import Asking
    from harness.tasks.outcome import TaskResult
    from harness.tiers import TierName

    Weighed = Mapping[int, tuple[Any, Judgement]]


class NotTestable(Exception):  # noqa: N818  # an outcome of a check, like pytest's own, and no error
    """Ends a case whose claim the base alone shows to be undecidable; its row is written."""


class OutOfTime(BaseException):
    """Ends a check when the time of its run is over; like Ctrl-C it is no error that anybody may take care of."""


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
    cut_short: bool = False
    """Whether the time of the run was over before anything was decided."""


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


def refused(
    ground: "Decidability", results: "Mapping[str, TaskResult]", looked: Mapping[str, Any], tier: "TierName"
) -> Ended:
    """The end of a claim that nothing could decide.

    Args:
        ground: what the base's answers say of it.
        results: these, by task.
        looked: measurements of the looks.
        tier: of the model.
    """
    from harness.subject.scores import of_base

    extremes = {"extremes": {"best": ground.best, "worst": ground.worst}} if ground.best else {}
    measurements = {"base_scores": _means(results)} | extremes | dict(looked)
    kept, scores = {"base": dict(results)}, of_base(results, tier, ground.left_out)
    return Ended("not testable", ground.reason, None, None, _count(results), kept, measurements, ground, scores)


def cut_short(design: "Design", asking: "Asking", weighed: "Weighed", looked: Mapping[str, Any], why: str) -> Ended:
    """The end of a check for which the time of the run did not suffice.

    A claim that was decided before, and of which only what is measured beside it is missing, stays decided.

    Args:
        design: of its claim.
        asking: the base, as far as it was asked.
        weighed: number of the look -> its evidence, and what it came to; none of a race, whose rounds decide nothing.
        looked: measurements of the looks.
        why: in words.
    """
    from harness.decide.design import BOTH
    from harness.decide.looks import settled
    from harness.decide.testable import Decidability
    from harness.subject.scores import of_base

    ground = asking.grounds[-1] if asking.grounds else Decidability({}, {}, BOTH)
    measurements = {"base_scores": _means(asking.asked)} | dict(looked)
    results, n = {"base": dict(asking.asked)}, _count(asking.asked)
    scores = of_base(asking.asked, asking.subject.tier, ground.left_out)
    if not weighed:
        return Ended("inconclusive", why, None, None, n, results, measurements, ground, scores, cut_short=True)
    number, (_, judged) = list(weighed.items())[-1]
    limit = asking.limits[number - 1]
    early = limit in asking.looks[:-1]
    where = f"on the first {limit} of {asking.looks[-1]} items per task" if early else "on all items"
    effect = effect_of(judged, f"seen {where}", design.unit)
    verdict: VerdictName = "inconclusive"
    reason = f"{why}; {where}, {judged.reason}"
    if not early or settled(design, judged):
        verdict, reason = judged.verdict, f"{judged.reason}; {where}; {why}, so nothing was measured beside it"
    p_value, n = None if verdict == "not testable" else judged.interval.p_value, judged.interval.n
    return Ended(verdict, reason, effect, p_value, n, results, measurements, ground, scores, cut_short=True)


def _means(results: "Mapping[str, TaskResult]") -> dict[str, float]:
    return {name: result.mean for name, result in results.items()}


def _count(results: "Mapping[str, TaskResult]") -> int:
    return sum(len(result.outcomes) for result in results.values())


Closing = Callable[[Ended, Sequence[str]], None]
"""Keeps what came of a case and ends it as its verdict says; given the variants whose worst items to show."""
