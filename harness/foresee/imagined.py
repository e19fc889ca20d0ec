"""Scores of stand-ins, so that a check which is only walked through finds something to reckon with. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from harness.foresee.lengths import Kind
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.task import Item, Judge, Task
from harness.text.requests import Answer, Generation

LEVELS: Mapping[Kind, float] = {"base": 0.9, "pruned": 0.5, "recovered": 0.6}
"""Share that stand-ins get right, so that a check finds something to reckon with; it decides nothing."""


def right(task: str, item: str, kind: Kind) -> float:
    """Whether a stand-in is right, the same every time."""
    digest = hashlib.sha256(f"{task} {item} {kind}".encode()).digest()
    return float(digest[0] < LEVELS[kind] * 256)


def imagined(task: Task, kind: Kind) -> Judge:
    """A judge of stand-ins; it runs no program."""

    def judge(item: Item, answers: Sequence[Answer]) -> Outcome:
        name, last = str(item["id"]), answers[-1]
        score = right(task.name, name, kind)
        if task.judge_all is not None:
            response = last.text if isinstance(last, Generation) else ""
            return Outcome(name, score, "right" if score else "wrong", response)
        return replace(task.judge(item, answers), score=score)

    return judge


def levelled(results: Mapping[str, TaskResult], kind: Kind) -> dict[str, TaskResult]:
    """Results of lm-eval's judging with scores of a plausible level."""
    return {
        name: replace(
            result,
            outcomes=tuple(replace(one, score=right(name, one.item_id, kind)) for one in result.outcomes),
        )
        for name, result in results.items()
    }
