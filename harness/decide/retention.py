"""Retention: how much of the base model's score a pruned model keeps. Pure.

As in the paper (2602.01997, section 3): per task pruned / base on the same items, then the plain mean over
tasks; never clipped, so values above 1 occur. The chance-corrected form (x - c) / (b - c) is ours: pure guessing
"retains" about half of a four-option score without it.
"""

from collections.abc import Sequence

from harness.errors import BadInput


def retention(pruned: Sequence[float], base: Sequence[float]) -> float:
    """Mean pruned score over mean base score.

    Raises:
        BadInput: the base scores nothing, so there is nothing to retain.
    """
    if sum(base) == 0:
        raise BadInput(
            f"the base model scores 0 on all {len(base)} items, so retention is undefined; "
            f"check the base first, or raise --limit"
        )
    return (sum(pruned) / len(pruned)) / (sum(base) / len(base))


def group_retention(tasks: Sequence[tuple[Sequence[float], Sequence[float]]]) -> float:
    """Plain mean over tasks of their retention, from (pruned scores, base scores) of each task.

    Raises:
        BadInput: there is no task, or a base scores nothing.
    """
    if not tasks:
        raise BadInput("the retention of a group of 0 tasks: expected at least 1; name more tasks")
    return sum(retention(pruned, base) for pruned, base in tasks) / len(tasks)


def chance_corrected(pruned: Sequence[float], base: Sequence[float], chance: float) -> float:
    """(x - c) / (b - c) for mean scores x, b and the expected score c of guessing.

    Raises:
        BadInput: the base is no better than guessing.
    """
    x, b = sum(pruned) / len(pruned), sum(base) / len(base)
    if b <= chance:
        raise BadInput(
            f"the base model scores {b:.3f} and guessing {chance:.3f}; chance correction needs a base above it"
        )
    return (x - chance) / (b - chance)
