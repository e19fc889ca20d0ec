"""Four verdicts, from what was measured and the design of the claim. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from math import isfinite

from harness.decide.bootstrap import Interval
from harness.decide.design import Condition, Design, Evidence, Level, VerdictName
from harness.decide.digits import in_words
from harness.decide.resample import RESAMPLES
from harness.errors import BadInput

POWER = 2.04  # ((z.975 + z.8) / z.975)^2: items for 80 % power, over those after which the interval just clears


@dataclass(frozen=True)
class Judgement:
    """What came of a claim."""

    verdict: VerdictName
    reason: str
    """One sentence: why this verdict."""
    interval: Interval
    """Of the deciding evidence, corrected for looking at all layers of a sweep, and for all looks."""
    place: int = 0
    """Index of the deciding evidence: the layer of a sweep."""
    intervals: tuple[Interval, ...] = ()
    """Of every evidence."""
    conditions: Mapping[str, Interval] = field(default_factory=dict)
    """What was measured of the deciding evidence beside the effect."""
    more: float | None = None
    """How many times as many items would decide it with 80 % power; None where no number would, or none is needed."""


def decide(low: float, high: float, minimum: float) -> VerdictName:
    """Above `minimum` as a whole: `reproduced`; below as a whole: `contradicted`; else `inconclusive`.

    Effects are signed so that the claim predicts a large positive one.
    """
    if low > minimum:
        return "reproduced"
    if high < minimum:
        return "contradicted"
    return "inconclusive"


def judge(
    design: Design, evidence: Evidence | Sequence[Evidence], resamples: int = RESAMPLES, looks: int = 1
) -> Judgement:
    """Decide a claim on its evidence; of a sweep, one evidence a removed layer.

    Its intervals hold for all layers and for all `looks` together (Bonferroni), so that it may be asked at each of so
    many numbers of items, and the first verdict taken.

    "There is a layer" is reproduced by the layer with the highest lower end, and contradicted only where even the
    highest upper end lies below the minimum. A layer that fails a condition counts for neither.

    Raises:
        BadInput: the evidence lacks a role, or its scores do not belong together.
    """
    layers = [evidence] if isinstance(evidence, Mapping) else list(evidence)
    _require_roles(design, layers)
    every = len(layers) * looks
    at = design.level(every, resamples)
    found = [design.effect(one, at) for one in layers]
    for one in found:
        if not (one.low <= one.high and isfinite(one.estimate)):  # NaN is neither
            raise BadInput(
                f"claim {design.claim}: its effect gave {one.estimate:.3g}, and an interval from {one.low:.3g} to "
                f"{one.high:.3g}; expected numbers, the lower end first: Interval(estimate, low, high, ...)"
            )
    upwards = sorted(range(len(layers)), key=lambda place: -found[place].low)
    downwards = sorted(range(len(layers)), key=lambda place: -found[place].high)

    @cache  # most layers of a sweep decide nothing, and are never asked
    def asked(place: int) -> list[tuple[Condition, Interval]]:
        return conditions(design, layers[place], at)

    def unmet(place: int, verdict: VerdictName) -> list[tuple[Condition, Interval]]:
        return [(condition, seen) for condition, seen in failing(asked(place)) if verdict in condition.blocks]

    def conclude(verdict: VerdictName, place: int, reason: str, more: float | None = None) -> Judgement:
        measured = {condition.name: seen for condition, seen in asked(place)}
        interval = found[place].corrected_for(every)
        return Judgement(verdict, reason, interval, place, tuple(found), measured, more)

    up = next((place for place in upwards if not unmet(place, "reproduced")), None)
    if up is not None and found[up].low > design.minimum:
        return conclude("reproduced", up, reason_of("reproduced", found[up], design.minimum))
    down = next((place for place in downwards if not unmet(place, "contradicted")), None)
    if down is not None and found[down].high < design.minimum:
        return conclude("contradicted", down, reason_of("contradicted", found[down], design.minimum))
    place = upwards[0]
    if up is None or down is None:
        condition, seen = unmet(place, "reproduced" if up is None else "contradicted")[0]
        if up is down or decide(found[place].low, found[place].high, design.minimum) != "inconclusive":
            return conclude("not testable", place, _unmet(condition, seen))
    place = place if up is None else up
    more = times_as_many(found[place], design.minimum)
    return conclude("inconclusive", place, reason_of("inconclusive", found[place], design.minimum), more)


def _require_roles(design: Design, layers: Sequence[Evidence]) -> None:
    if not layers:
        raise BadInput(f"claim {design.claim}: 0 evidences; expected one a removed layer, at least 1")
    asked = [role for role in (*design.roles, *design.seen) if role not in design.optional]
    for evidence in layers:
        missing = [role for role in asked if role not in evidence]
        if missing:
            raise BadInput(
                f"claim {design.claim}: the evidence has {', '.join(evidence) or 'no role'} and lacks {missing[0]!r}; "
                f"expected the scores of {', '.join(asked)}"
            )


def conditions(design: Design, evidence: Evidence, at: Level) -> list[tuple[Condition, Interval]]:
    """Every condition with what was measured; its p-value is for what the condition demands."""
    return [(c, c.measure(evidence, replace(at, null=c.least))) for c in design.conditions]


def failing(measured: Sequence[tuple[Condition, Interval]]) -> list[tuple[Condition, Interval]]:
    """The conditions that do not hold."""
    return [(condition, seen) for condition, seen in measured if not seen.low > condition.least]


def times_as_many(interval: Interval, minimum: float) -> float | None:
    """How many times as many items decide with 80 % power at the same estimate; None where no number would.

    The part of the width that comes from the items shrinks with the square root of their number, that of the seeds
    does not: where it alone reaches the minimum, more items are no help.
    """
    distance = abs(interval.estimate - minimum)
    low, high = interval.of_items or (interval.low, interval.high)
    above = interval.estimate > minimum
    items = interval.estimate - low if above else high - interval.estimate
    whole = interval.estimate - interval.low if above else interval.high - interval.estimate
    rest = distance**2 - max(0.0, whole**2 - items**2)
    if not math.isfinite(items) or rest <= 0:
        return None
    return max(1.0, POWER * items**2 / rest)


def reason_of(verdict: VerdictName, interval: Interval, minimum: float) -> str:
    """One sentence that says why, of a verdict that rests on the interval alone."""
    measured = shown(interval, minimum)
    if verdict == "reproduced":
        return f"the effect {measured} lies above the claim's minimum {minimum:g}"
    if verdict == "contradicted":
        return f"the effect {measured} lies below the claim's minimum {minimum:g}: {_which_way(interval, minimum)}"
    return f"the effect {measured} does not clear the claim's minimum {minimum:g}"


def shown(interval: Interval, beside: float | None = None) -> str:
    """An interval in a sentence, with digits enough to see on which side of `beside` it lies."""
    return in_words(interval.estimate, interval.low, interval.high, beside)


def _which_way(interval: Interval, minimum: float) -> str:
    """Which of two things a contradiction is."""
    if interval.low > 0 or minimum <= 0:
        return "it is smaller than the claim says"
    return "it goes the other way" if interval.high < 0 else "no effect is seen, or one smaller than the claim says"


def _unmet(condition: Condition, measured: Interval) -> str:
    text = condition.unless.format(measured=shown(measured, condition.least), least=condition.least)
    return f"{text}; to make it testable, {condition.remedy}"
