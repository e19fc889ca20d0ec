"""A task answered by drawing tokens, several times over."""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import replace

from harness.errors import BadInput
from harness.tasks.outcome import TaskResult
from harness.tasks.source import Source
from harness.tasks.suite import TASKS
from harness.tasks.task import Item, Requests, Split, Task, run_task
from harness.text.requests import GenerationRequest, Respondent, Sampling


def drawn(task: Task, number: int, temperature: float, seed: int) -> Task:
    """The same task with its answers drawn; `number` tells several draws of an item apart."""

    def drawn_for(item: Item, requests: Sequence[Requests], given: int) -> list[Requests]:
        sampling = Sampling(temperature, 1.0, _seed(seed, task.name, str(item["id"]), number, given))
        return [
            replace(request, sampling=sampling) if isinstance(request, GenerationRequest) else request
            for request in requests
        ]

    return replace(
        task,
        ask=lambda item: drawn_for(item, task.ask(item), 0),
        further=lambda item, given: drawn_for(item, task.further(item, given), len(given)),
    )


def sample(
    name: str,
    scorer: Respondent,
    source: Source,
    limit: int | None,
    seed: int,
    count: int,
    temperature: float,
    items: Collection[str] | None = None,
) -> list[TaskResult]:
    """A task's results on `count` drawn answers per item; the first ones are those of any smaller count.

    Args:
        name: of the task.
        scorer: who answers.
        source: of the items.
        limit: items, a seeded subset; None takes all.
        seed: of the subset and of the draws.
        count: answers of each item.
        temperature: above 0.
        items: names of the items to ask; None: the subset.

    Raises:
        BadInput: the task's answers cannot be put to a vote.
    """
    if name not in TASKS or TASKS[name].states is None:
        can = [task.name for task in TASKS.values() if task.states is not None]
        raise BadInput(f"task {name!r} cannot be put to a vote; expected one of {', '.join(can)}")
    task = TASKS[name] if items is None else _only(TASKS[name], items)
    some = limit if items is None else None
    return [run_task(drawn(task, number, temperature, seed), scorer, source, some, seed) for number in range(count)]


def _only(task: Task, items: Collection[str]) -> Task:
    def load(source: Source, split: Split) -> list[Item]:
        return [item for item in task.load(source, split) if str(item["id"]) in items]

    return replace(task, load=load)


def _seed(seed: int, task: str, item: str, number: int, given: int) -> int:
    """A seed of 63 bits, of its own for every draw of every item, and for each of its answers that build on others."""
    further = f" {given}" if given else ""
    digest = hashlib.sha256(f"{seed} {task} {item} {number}{further}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
