"""A seeded random subset of a task's items. Pure.

The first N items of a benchmark are no sample of it (MMLU is sorted by subject), so they are never what a limit takes.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import BadInput


@dataclass(frozen=True)
class Slice:
    """A few of the items that a limit takes, asked before the others."""

    items: int
    limit: int | None
    """Whose items they are; None: of all."""


Limit = int | Slice | None
"""How many items of a task are asked; None: all."""


def seeded_subset(ids: Sequence[str], limit: Limit, seed: int, task: str) -> list[int]:
    """Indices of the items to use, increasing.

    Args:
        ids: one id an item, in file order.
        limit: number of items; None, or more than there are, takes all.
        seed: together with `task`, decides the draw.
        task: name of the task, so that tasks of equal length draw differently.

    Raises:
        BadInput: the limit is below 1.
    """
    if isinstance(limit, Slice):
        whole = seeded_subset(ids, limit.limit, seed, task)
        return [whole[index] for index in seeded_subset([ids[index] for index in whole], limit.items, seed, task)]
    if limit is not None and limit < 1:
        raise BadInput(f"limit {limit} for task {task!r}: expected at least 1 item")
    if limit is None or limit >= len(ids):
        return list(range(len(ids)))
    # a string seeds by its SHA-512: the same draw on every machine and in every process
    return sorted(random.Random(f"{seed} {task}").sample(range(len(ids)), limit))  # noqa: S311  # a subset, not a secret
