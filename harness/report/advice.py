"""What would decide a claim that is not decided yet, in half a sentence. Pure."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.decide.design import Evidence
    from harness.decide.verdict import Judgement

OUT_OF_REACH = 1_000_000  # items: no benchmark has so many, and an estimate so near to the minimum promises none
DIGITS = 2  # that a number of items is given with: it rests on an estimate


def advice(judged: "Judgement", asked: Mapping[str, int], sizes: Mapping[str, int], share: int = 1) -> str:
    """How many items would decide an inconclusive claim with 80 % power; "" where there is nothing to be said.

    Args:
        judged: what came of it; `more` is how many times as many items, by their part of the interval alone.
        asked: task -> its items behind the verdict.
        sizes: task -> how many the benchmark has, where that is known.
        share: of how many items in `--limit` a task gets one: 4 in a sweep over layers.
    """
    if judged.verdict != "inconclusive" or not asked:  # of stand-ins in a dry run, no task may be fit
        return ""
    interval = judged.interval
    if judged.more is None or judged.more * max(asked.values()) > OUT_OF_REACH:
        spread = judged.more is None and interval.of_items not in (None, (interval.low, interval.high))
        return (
            "; it takes more training seeds, not more items (--training-seeds)"
            if spread
            else "; at this estimate no number of items would decide it"
        )
    needed = _rounded_up(judged.more * max(asked.values()))
    short = [f"{task} {size}" for task, size in sizes.items() if size < needed]
    too_many = f"{needed} items per task, more than there are ({', '.join(short)}),"
    what = too_many if short else f"--limit {needed * share}"
    return f"; if the effect is what it looks like, about {what} would decide it in 4 of 5 fresh runs"


def nothing_right(evidence: "Evidence") -> bool:
    """Whether the variant scores 0 on every item: at the floor an interval does not narrow as it does elsewhere."""
    return not any(any(run) for tasks in evidence.values() for task in tasks for run in task.runs)


def _rounded_up(items: float) -> int:
    unit = int(10 ** max(0, math.floor(math.log10(items)) + 1 - DIGITS))
    return math.ceil(items / unit) * unit
