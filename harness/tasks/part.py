"""Results on some of their items. Pure."""

import math
from collections.abc import Collection, Mapping
from dataclasses import replace

from harness.tasks.outcome import LEAST_SHARE, TaskResult


def on_items(result: TaskResult, items: Collection[str]) -> TaskResult:
    """A result on those of its items that are named, by id."""
    return replace(
        result,
        outcomes=tuple(outcome for outcome in result.outcomes if outcome.item_id in items),
        order=tuple(item for item in result.order if item in items),
    )


def between(result: TaskResult, start: float, stop: float) -> TaskResult:
    """A result on a share of its items, in the order in which they are drawn."""
    count = len(result.order)
    first, last = math.floor(start * count), max(math.floor(start * count) + 1, math.floor(stop * count))
    return on_items(result, {*result.order[first:last]})


def only(result: TaskResult, base: TaskResult) -> TaskResult:
    """A variant's result on the items that the base's has."""
    return on_items(result, {outcome.item_id for outcome in base.outcomes})


def only_each(found: Mapping[str, TaskResult], base: Mapping[str, TaskResult]) -> dict[str, TaskResult]:
    """Results of several tasks, each on the items that the base's has; as it is where the base was not asked."""
    return {task: only(result, base[task]) if task in base else result for task, result in found.items()}


def limit_for(whole: Collection[TaskResult], share: float) -> int:
    """Items per task to ask for, to be answered the first `share` of those of whole results.

    Enough of them fit, even if all those that do not are drawn first.
    """
    most = max(result.asked_for for result in whole)
    left_out = max(len(result.left_out) for result in whole)
    return min(most, max(math.ceil(share * most) + left_out, math.ceil(left_out / (1 - LEAST_SHARE))))
