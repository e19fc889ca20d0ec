"""What so many items can show of a claim, before any variant is asked. Pure."""

from typing import TYPE_CHECKING

from harness.decide.seeds import SeededTask
from harness.decide.testable import RESAMPLES
from harness.tasks.guessing import guessing_score

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.decide.design import Design, Prediction
    from harness.decide.testable import Scores
    from harness.tasks.outcome import TaskResult

SUPPOSED = 0.8
"""Share that a base of which nothing is stored is supposed to get right."""
SPOILED = 0.01
"""Share of its answers that is supposed to have what a claim says will rise."""
_POWER = 1 + 0.84 / 1.96
"""Half widths of a 95 % interval at which the truth must lie beyond the minimum to be seen in 80 % of runs."""


def supposed(design: "Design", scored: "Mapping[str, Mapping[str, TaskResult]]") -> "Scores":
    """Scores of as many items, as a base of which nothing is known is supposed to have them."""
    found = {}
    for role, results in scored.items():
        share = SPOILED if design.roles.get(role) == "rises" else SUPPOSED
        found[role] = {
            task: (_pattern(len(result.outcomes), share), guessing_score(result)) for task, result in results.items()
        }
    return found


def _pattern(items: int, share: float) -> tuple[float, ...]:
    right = round(items * share)
    return (1.0,) * right + (0.0,) * (items - right)


def detectable(design: "Design", base: "Scores", intervals: int) -> float | None:
    """The effect that 80 % of runs would tell from the design's minimum; None of a rank correlation.

    By the interval where half of what the claim predicts has happened, which is about as wide as it gets.

    Args:
        design: of the claim.
        base: role -> task -> the base's scores, and the expected score of guessing.
        intervals: that are looked at: layers of a sweep, times the looks.
    """
    if design.ordered:
        return None
    evidence = {
        role: [
            SeededTask(task, scores, (_halfway(scores, prediction),), chance)
            for task, (scores, chance) in base[role].items()
        ]
        for role, prediction in design.roles.items()
    }
    found = design.effect(evidence, design.level(intervals, RESAMPLES))
    return design.minimum + _POWER * (found.high - found.low) / 2


def _halfway(scores: tuple[float, ...], prediction: "Prediction") -> tuple[float, ...]:
    """Every other item as the claim predicts, the rest as before."""
    changed = {"kept": None, "lost": 0.0, "rises": 1.0, "gains": 1.0}[prediction]
    if changed is None:
        return scores
    order = sorted(range(len(scores)), key=lambda at: (scores[at], at))
    halved = list(scores)
    for at in order[::2]:
        halved[at] = changed
    return tuple(halved)
