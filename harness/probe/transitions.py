"""What becomes of each item from the unpruned to the pruned and to the recovered model, with the kind of each failure.

A state is the first of these that holds: right, degenerate, truncated, not extracted, and then what the task allows:
a program has a syntax error or is otherwise wrong; a worked answer has a false calculation or only true ones (wrong
logic); of any other answer nothing more than `different` is known.
"""

from collections import Counter
from typing import Literal

from harness.probe.calculations import calculations
from harness.probe.degeneration import mean_repetition
from harness.probe.failures import code_failure
from harness.probe.items import paired_outcomes
from harness.tasks.outcome import Kind, Outcome, TaskResult

State = Literal[
    "right", "degenerate", "truncated", "not extracted", "arithmetic slip", "syntax", "wrong logic", "different"
]
# Above it an answer is degenerate. Gold answers stay below: GSM8K (1319) has .33 at most, HumanEval (164) .45, the
# mini-world's problems and programs .27.
MOST_REPETITION = 0.5


def state_of(outcome: Outcome, kind: Kind) -> State:
    """The state of one answer to a task of a kind.

    Raises:
        BadInput: the label is unknown for a program.
    """
    if outcome.label == "right":
        return "right"
    looping = "loop" in (outcome.finish, outcome.label)
    # brackets are two or three symbols over and over: right answers reach .83, so repetition says nothing there
    if looping or (kind != "brackets" and mean_repetition(outcome.response) > MOST_REPETITION):
        return "degenerate"
    if outcome.label in ("truncated", "unfinished thought"):
        return "truncated"
    if outcome.label == "not extracted":
        return "not extracted"
    return _of_program(outcome) if kind == "program" else _of_text(outcome.response)


def _of_text(response: str) -> State:
    worked = calculations(response)
    if not all(true for _, true in worked):
        return "arithmetic slip"
    return "wrong logic" if worked else "different"


def _of_program(outcome: Outcome) -> State:
    failure = code_failure(outcome)
    if failure in ("unbalanced bracket", "other syntax"):
        return "syntax"
    return "not extracted" if failure == "no code" else "wrong logic"


def transitions(
    base: TaskResult, pruned: TaskResult, recovered: TaskResult | None = None
) -> dict[tuple[State, ...], int]:
    """Number of items of each row of states: base, pruned and, where given, recovered.

    Raises:
        BadInput: the results are not of the same items.
    """
    results = (base, pruned) if recovered is None else (base, pruned, recovered)
    return dict(
        Counter(tuple(state_of(outcome, base.kind) for outcome in outcomes) for outcomes in paired_outcomes(*results))
    )


def transition_rows(counts: dict[tuple[State, ...], int]) -> list[tuple[str, ...]]:
    """Rows of a table: the states, then the number of items; the most frequent first, equals by name."""
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return [(*states, str(count)) for states, count in ordered]
