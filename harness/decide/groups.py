"""Two groups of items that a variant's own answers make, compared with each other. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.decide.bootstrap import Interval, PairedTask, paired_bootstrap
from harness.decide.design import Condition, Effect, Evidence, Level

if TYPE_CHECKING:
    from numpy.typing import NDArray


def more_in(first: str, second: str) -> Effect:
    """Return the effect: the mean score of one group of items minus that of another; of no items nothing is known."""

    def effect(evidence: Evidence, at: Level) -> Interval:
        groups = [
            [
                PairedTask(f"{role} {task.name}", task.runs[0], (0.0,) * len(task.base))
                for task in evidence[role]
                if task.base
            ]
            for role in (first, second)
        ]
        if not all(groups):
            return Interval(0.0, -1.0, 1.0, at.confidence, 1.0, 0)
        cut = len(groups[0])

        def apart(means: Sequence["NDArray[np.float64]"], _: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
            return np.asarray(sum(means[:cut]) / cut - sum(means[cut:]) / (len(means) - cut))

        return paired_bootstrap([*groups[0], *groups[1]], apart, at.confidence, at.resamples, null=at.null)

    return effect


def enough_in(least: int, *roles: str) -> Condition:
    """Return the condition that each group has more than so many items."""

    def fewest(evidence: Evidence, at: Level) -> Interval:
        count = float(min(sum(len(task.base) for task in evidence[role]) for role in roles))
        return Interval(count, count, count, at.confidence, 1.0, int(count))

    return Condition(
        "enough items of both kinds",
        fewest,
        float(least),
        unless="too few items are of one of the two kinds: {measured}, and more than {least:g} are needed",
        remedy="ask more items (--limit), or remove more layers, or fewer",
    )
