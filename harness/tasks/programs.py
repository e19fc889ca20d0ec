"""Programs as answers: what became of one that was run in the sandbox. Pure; shared by the code benchmarks."""

from collections.abc import Mapping

from harness.execute.outcome import classify_source
from harness.execute.program import Execution
from harness.tasks.outcome import Outcome
from harness.tasks.task import unfinished
from harness.text.requests import Generation


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
    )
