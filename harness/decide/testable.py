"""Whether any outcome of a variant could decide a claim, from the base's scores and the design alone. Pure.

Asked before a variant is pruned, trained or evaluated: a task that the base is no better at than guessing can show
neither a loss nor that there is none, and a claim that could not be reproduced even if everything happened that it
predicts was not tested by whatever came out. The best and the worst case go through the same effect and the same
interval as the measured scores will. A design that no model could have contradicted is refused (`sense`).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from harness.decide.bootstrap import Interval
from harness.decide.design import BOTH, Design, Evidence, Level, Prediction, VerdictName
from harness.decide.drops import mean_score
from harness.decide.seeds import SeededTask
from harness.decide.sense import of_opposite, require_order_counts, require_sense
from harness.decide.verdict import decide, shown

MARGIN = 0.05  # of score: how far the base must be better than guessing, with its whole 95 % interval
RESAMPLES = 2_000  # of the questions asked here; verdicts take more
FIRST = 50  # items of the base that are asked first: enough to refuse a task that nothing comes of
LARGER = (2, 4, 8, 16, 32)  # times as many items that are tried for a remedy

Scores = Mapping[str, Mapping[str, tuple[tuple[float, ...], float]]]
"""Role -> task -> the base's scores, and the expected score of guessing."""


@dataclass(frozen=True)
class Decidability:
    """What could come out, before anything but the base was asked."""

    kept: Mapping[str, tuple[str, ...]]
    """Role -> the tasks that it is made of: those that say something in every role that has them."""
    left_out: Mapping[str, str]
    """Task -> why it is in no role."""
    open: tuple[VerdictName, ...]
    """Which verdicts the two extremes come to; empty where the claim is not testable."""
    best: Interval | None = None
    """The effect if everything happens that the claim predicts, and nothing else."""
    worst: Interval | None = None
    """The effect if nothing of it happens; of what is kept, and of a claim of "no worse", if the opposite does."""
    reason: str = ""
    """Why it is not testable, and what would make it so; "" where it is."""


def decidable(
    design: Design, base: Scores, looks: int = 1, resamples: int = RESAMPLES, *, remedy: bool = True
) -> Decidability:
    """Whether a claim could be decided on this base.

    Args:
        design: of the claim.
        base: the scores of every role that the effect is made of, and of roles that only conditions see, where their
            base is the unpruned model too.
        looks: intervals that will be looked at: the layers of a sweep, times the looks (`decide.looks`).
        resamples: of each interval.
        remedy: whether to find out how many items would make it testable, which takes most of the time.

    Raises:
        BadInput: the design's effect says nothing of what the claim predicts.
    """
    fit = _fitting(design, base, resamples)
    if design.ordered and fit.open:
        require_order_counts(design)
    if design.ordered or not fit.open:
        return fit
    at = design.level(looks, resamples)
    best, worst = _extremes(design, base, fit.kept, at)
    require_sense(design, best, worst)
    found = _open(design, best, worst)
    if "reproduced" in found:
        return replace(fit, open=found, best=best, worst=worst)
    why = _undecidable(design, base, fit.kept, at, best, worst) if remedy else ""
    return replace(fit, open=(), best=best, worst=worst, reason=why)


def _fitting(design: Design, base: Scores, resamples: int) -> Decidability:
    """Which tasks say something; both verdicts are open where every role has one."""
    left_out = {
        task: why if role in design.roles else f"as {role!r}, {why}"
        for role, prediction in _asked(design, base).items()
        for task, (scores, chance) in base[role].items()
        if (why := unfit(scores, chance, prediction, resamples))
    }
    kept = {role: tuple(task for task in tasks if task not in left_out) for role, tasks in base.items()}
    for role, tasks in kept.items():
        if not tasks:
            whys = "; ".join(f"{task}: {left_out[task]}" for task in base[role])
            reason = (
                f"the unpruned model leaves nothing to measure ({whys}); take an easier task, more items (--limit) "
            )
            return Decidability(kept, left_out, (), reason=f"{reason}or another model")
    return Decidability(kept, left_out, BOTH)


def hopeless(
    design: Design, slice_of: Scores, planned: Mapping[str, int], looks: int = 1, resamples: int = RESAMPLES
) -> Decidability | None:
    """The refusal of a claim that could not be decided even if the rest of the base's items went as well as may be.

    Args:
        design: of the claim.
        slice_of: the base's scores on the first items of some or all roles; the others are not judged.
        planned: task -> how many items it will have in the end.
        looks: as in `decidable`.
        resamples: of each interval.
    """
    roles = _asked(design, slice_of)
    hoped = {
        role: {task: _hoped(*given, planned[task], roles[role]) for task, given in slice_of[role].items()}
        for role in roles
    }
    if design.roles.keys() <= roles.keys():
        if decidable(design, hoped, looks, resamples, remedy=False).open:
            return None
        return _said_of(decidable(design, hoped, looks, resamples), decidable(design, slice_of), slice_of)
    for role, prediction in roles.items():
        one = replace(design, roles={role: prediction}, seen=())
        found = _fitting(one, hoped, resamples)
        if not found.open:
            return _said_of(found, _fitting(one, slice_of, RESAMPLES), slice_of)
    return None


def _asked(design: Design, base: Scores) -> dict[str, Prediction]:
    """What must be there to be lost or kept: the effect's roles, and conditions' own; of those that were asked for."""
    seen: dict[str, Prediction] = dict.fromkeys(design.seen, "kept")
    return {role: prediction for role, prediction in {**design.roles, **seen}.items() if role in base}


def _said_of(found: Decidability, seen: Decidability, slice_of: Scores) -> Decidability:
    """The refusal with the figures that were seen instead of those that were hoped for."""
    first = max(len(scores) for tasks in slice_of.values() for scores, _ in tasks.values())
    reason = (seen if seen.reason and not seen.open else found).reason
    return replace(found, left_out=seen.left_out, reason=f"on its first {first} items {reason}")


def above_guessing(scores: tuple[float, ...], chance: float, resamples: int = RESAMPLES) -> Interval:
    """By how much a mean score lies above the expected score of guessing, as an interval."""
    found = _mean(tuple(sorted(scores)), chance, resamples)
    return replace(found, estimate=found.estimate - chance, low=found.low - chance, high=found.high - chance)


@lru_cache(maxsize=4096)
def _mean(scores: tuple[float, ...], chance: float, resamples: int) -> Interval:
    """A mean score: of items in order, since which of them is right changes nothing and the same is asked often."""
    return mean_score([scores], resamples=resamples, null=chance)


def unfit(scores: tuple[float, ...], chance: float, prediction: Prediction = "kept", resamples: int = RESAMPLES) -> str:
    """Why a task says nothing in its role; "" where it does."""
    found = above_guessing(scores, chance, resamples)
    mean = sum(scores) / len(scores)
    if prediction in ("rises", "gains") and not 1 - found.high - chance > MARGIN:
        return f"the base is at {mean:.3f} already, which leaves no room to rise"
    if prediction == "rises" or found.low > MARGIN:
        return ""
    score = replace(found, estimate=mean, low=found.low + chance, high=found.high + chance)
    above, least = f", {MARGIN:g} above guessing" if chance else "", chance + MARGIN
    return (
        f"the base scores {shown(score, least)} on {len(scores)} items, and it takes more than {least:.3f} for "
        f"certain{above}"
    )


def _hoped(
    scores: tuple[float, ...], chance: float, planned: int, prediction: Prediction
) -> tuple[tuple[float, ...], float]:
    """Scores of all planned items at the end of the slice's interval that helps the claim's testability."""
    if planned <= len(scores):
        return scores, chance
    found = above_guessing(scores, chance)
    full = prediction == "gains" and found.estimate > (1 - chance) / 2  # what it may lack is room, else ability
    share = chance + (found.low if prediction == "rises" or full else found.high)
    right = math.ceil(min(1.0, max(0.0, share)) * planned)
    return (1.0,) * right + (0.0,) * (planned - right), chance


def _extremes(
    design: Design, base: Scores, kept: Mapping[str, tuple[str, ...]], at: Level
) -> tuple[Interval, Interval]:
    def case(of: Callable[[tuple[float, ...], float, Prediction], tuple[float, ...]]) -> Interval:
        evidence: Evidence = {
            role: [
                SeededTask(task, base[role][task][0], (of(*base[role][task], prediction),), base[role][task][1])
                for task in kept[role]
            ]
            for role, prediction in design.roles.items()
        }
        return design.effect(evidence, at)

    return case(_predicted), case(_opposite if of_opposite(design) else _as_before)


def _predicted(scores: tuple[float, ...], chance: float, prediction: Prediction) -> tuple[float, ...]:
    """The variant's scores if all happens that the claim says."""
    if prediction == "kept":
        return scores
    return ((1.0 if prediction in ("rises", "gains") else chance),) * len(scores)


def _as_before(scores: tuple[float, ...], _: float, __: Prediction) -> tuple[float, ...]:
    """The variant's scores if nothing happens."""
    return scores


def _opposite(scores: tuple[float, ...], chance: float, prediction: Prediction) -> tuple[float, ...]:
    """The variant's scores if all is lost that the claim says is kept, and the rest stays."""
    return (chance,) * len(scores) if prediction == "kept" else scores


def _open(design: Design, best: Interval, worst: Interval) -> tuple[VerdictName, ...]:
    found = {decide(case.low, case.high, design.minimum) for case in (best, worst)}
    return tuple(name for name in BOTH if name in found)


def _undecidable(
    design: Design, base: Scores, kept: Mapping[str, tuple[str, ...]], at: Level, best: Interval, worst: Interval
) -> str:
    """Why not even the best case reproduces it, and how many items would."""
    least = design.minimum
    said = (
        f"it could not be reproduced whatever came out: even if all happens that the claim predicts, the effect is "
        f"{shown(best, least)} (and {shown(worst, least)} if nothing does), with a minimum of {least:g}"
    )
    for times in LARGER:
        larger = {
            role: {task: (scores * times, chance) for task, (scores, chance) in tasks.items()}
            for role, tasks in base.items()
        }
        if "reproduced" in _open(design, *_extremes(design, larger, kept, at)):
            return f"{said}; {times} times as many items (--limit) would make it testable"
    if best.estimate <= design.minimum:
        return f"{said}; no number of items changes that: take a base with more room, or look at the design's minimum"
    return f"{said}; take another model or an easier task"
