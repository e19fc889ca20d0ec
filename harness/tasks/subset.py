"""A seeded random subset of a task's items: the beginning of one order of all of them. Pure.

The first N items of a benchmark are no sample of it (MMLU is sorted by subject), so they are never what a limit takes.
Every limit takes the beginning of the same order, so that a larger run asks all that a smaller one asked: looks nest,
and no stored answer is in vain.
"""

import random
from collections.abc import Sequence
from functools import lru_cache

from harness.errors import BadInput


def seeded_subset(ids: Sequence[str], limit: int | None, seed: int, task: str) -> list[int]:
    """Indices of the items to use, increasing.

    Args:
        ids: one id an item, in file order.
        limit: number of items; None, or more than there are, takes all.
        seed: together with `task`, decides the order.
        task: name of the task, so that tasks of equal length draw differently.

    Raises:
        BadInput: the limit is below 1.
    """
    if limit is not None and limit < 1:
        raise BadInput(f"limit {limit} for task {task!r}: expected at least 1 item")
    if limit is None or limit >= len(ids):
        return list(range(len(ids)))
    return sorted(drawn(len(ids), limit, seed, task))


@lru_cache(maxsize=256)
def drawn(size: int, limit: int | None, seed: int, task: str) -> tuple[int, ...]:
    """Indices of the items to use, in the order in which they are drawn: the beginning of it is every smaller limit."""
    # a string seeds by its SHA-512: the same draws on every machine and in every process
    rng = random.Random(f"{seed} {task}")  # noqa: S311  # a subset, not a secret
    found = dict[int, None]()
    while len(found) < min(size, limit or size):  # what was drawn before is drawn in vain: no draw depends on the limit
        found[rng.randrange(size)] = None
    return tuple(found)
