"""How many items would decide it: the same items several times over, until the interval is narrow enough. Pure.

An interval narrows as 1 / sqrt(n) where items differ, and as 1 / n where all agree; so its half-width is measured at 1,
2, 4, ... times the items, and between two of these it is a power of their number. Beyond what is measured it is a root.
"""

import math
from collections.abc import Sequence
from dataclasses import replace

from harness.decide.bootstrap import PairedTask, group_effect, paired_draws
from harness.decide.multiplicity import bonferroni_confidence
from harness.decide.resample import CONFIDENCE
from harness.decide.verdict import POWER

_RESAMPLES = 2_000
_TIMES, _ITEMS = 16, 50_000  # that are measured at most
_MOST = 10_000_000  # items: more are no advice


def enough(tasks: Sequence[PairedTask], keeps: float, questions: int) -> int | None:
    """Items, over all tasks, that would decide with 80 % power if their scores were as these are.

    Args:
        tasks: with their paired scores.
        keeps: the retention that the interval is to clear.
        questions: that a retention below is one of: it takes more to be sure of it than of one above.

    Returns:
        None where no number would, or more than ten million.
    """
    now, times = sum(len(task.base) for task in tasks), 1
    before = _lacking(tasks, keeps, questions, 1)
    while before > 1 and times < _TIMES and 2 * times * now <= _ITEMS:
        times, after = 2 * times, _lacking(tasks, keeps, questions, 2 * times)
        if after <= 1:
            return math.ceil(now * times / 2 * 2 ** (math.log(before) / math.log(before / after)))
        before = after
    needed = now * times * max(1.0, before) ** 2
    return math.ceil(needed) if needed <= _MOST else None


def _lacking(tasks: Sequence[PairedTask], keeps: float, questions: int, times: int) -> float:
    """The half-width on the margin's side over the one that decides with 80 % power, at so many times the items."""
    many = [replace(task, base=task.base * times, pruned=task.pruned * times) for task in tasks]
    draws = paired_draws(many, group_effect(many, corrected=True), _RESAMPLES)
    above = draws.estimate > keeps
    low, high = draws.ends(CONFIDENCE if above else bonferroni_confidence(CONFIDENCE, questions))
    width = draws.estimate - low if above else high - draws.estimate
    distance = abs(draws.estimate - keeps)
    return width * math.sqrt(POWER) / distance if distance else math.inf
