"""Results of several variants on the same items, side by side."""

from harness.errors import BadInput
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.pairs import common


def paired_outcomes(*results: TaskResult) -> list[tuple[Outcome, ...]]:
    """One tuple per item, with its outcome in each result, in item order.

    Raises:
        BadInput: there is no item, or the results are of different tasks or items.
    """
    first, *others = common(*results)
    if not first.outcomes:
        raise BadInput(f"{first.task}: 0 items to compare; expected at least 1, so raise --limit")
    for other in others:
        if other.task != first.task:
            raise BadInput(f"results of {first.task!r} and {other.task!r} cannot be paired; name the same task twice")
        if [o.item_id for o in other.outcomes] != [o.item_id for o in first.outcomes]:
            raise BadInput(f"{first.task}: the variants answered different items, so they cannot be paired")
    return list(zip(*(result.outcomes for result in (first, *others)), strict=True))
