"""A task answered by drawing tokens, several times over, and what its answers state in the end."""

import hashlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from pathlib import Path

from harness.errors import BadInput
from harness.score.requests import GenerationRequest, Respondent, Sampling
from harness.tasks import gsm8k, word_problems
from harness.tasks.outcome import TaskResult
from harness.tasks.task import Item, Requests, Task, run_task

TASKS = {task.name: task for task in (word_problems.WORD_PROBLEMS, gsm8k.GSM8K)}
FINAL: Mapping[str, Callable[[str], Hashable | None]] = {
    "word_problems": word_problems.flexible,
    "gsm8k": gsm8k.final,
}
"""What a response states as its answer, of the tasks whose answers can be put to a vote."""
LIMITS = {"word_problems": word_problems.MAX_NEW_TOKENS, "gsm8k": gsm8k.MAX_NEW_TOKENS}
"""Longest answer, in tokens."""


def drawn(task: Task, number: int, temperature: float, seed: int) -> Task:
    """The same task with its answers drawn; `number` tells several draws of an item apart."""

    def ask(item: Item) -> list[Requests]:
        sampling = Sampling(temperature, 1.0, _seed(seed, task.name, str(item["id"]), number))
        return [
            replace(request, sampling=sampling) if isinstance(request, GenerationRequest) else request
            for request in task.ask(item)
        ]

    return replace(task, ask=ask)


def sample(
    name: str, scorer: Respondent, data: Path | None, limit: int | None, seed: int, count: int, temperature: float
) -> list[TaskResult]:
    """A task's results on `count` drawn answers an item; the first ones are those of any smaller count.

    Raises:
        BadInput: the task's answers cannot be put to a vote.
    """
    if name not in TASKS:
        raise BadInput(f"task {name!r} cannot be put to a vote; expected one of {', '.join(TASKS)}")
    return [
        run_task(drawn(TASKS[name], number, temperature, seed), scorer, data, limit, seed) for number in range(count)
    ]


def _seed(seed: int, task: str, item: str, number: int) -> int:
    """A seed of 63 bits, of its own for every draw of every item."""
    digest = hashlib.sha256(f"{seed} {task} {item} {number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
