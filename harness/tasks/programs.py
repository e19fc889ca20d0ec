"""Programs as answers: a task of them, and what became of one that was run in the sandbox."""

from collections.abc import Callable, Mapping

from harness.execute.outcome import classify_source
from harness.execute.program import Execution
from harness.execute.sandbox import require_sandbox
from harness.tasks.outcome import Outcome
from harness.tasks.source import NO_FILES, Files, Source
from harness.tasks.task import Item, JudgeAll, Requests, Split, Task, alone, unfinished
from harness.text.requests import Generation

LOAD = ("timeout", "memory", "killed")
"""Endings that a busy machine can bring about."""


def programs(
    name: str,
    load: Callable[[Source, Split], list[Item]],
    ask: Callable[[Item], list[Requests]],
    judge_all: JudgeAll,
    reads: Files = NO_FILES,
) -> Task:
    """A task whose answers are programs, which are run in one sandbox together."""
    return Task(name, "program", 0.0, load, ask, alone(judge_all), reads, judge_all=judge_all, check=require_sandbox)


def program_outcome(
    item_id: str,
    answer: Generation,
    program: str,
    execution: Execution,
    *,
    right: bool,
    extra: Mapping[str, float] | None = None,
) -> Outcome:
    """The outcome of one item.

    Args:
        item_id: of the item.
        answer: of the model.
        program: what was found in the answer and run.
        execution: how running it ended.
        right: whether every result was the expected one.
        extra: other scores of the same answer.
    """
    ended = "wrong" if execution.outcome == "ok" else execution.outcome
    label = "right" if right else unfinished(answer) or ended
    unbalanced = classify_source(program, "") == "unbalanced bracket"
    return Outcome(
        item_id,
        float(right),
        label,
        answer.text,
        {"unbalanced": float(unbalanced), **(extra or {})},
        execution.detail,
        program="" if program == answer.text else program,
        isolation=execution.isolation,
        steady=execution.outcome not in LOAD,
    )
