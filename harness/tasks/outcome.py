"""What came of asking a model one task: a score per item, in a fixed order."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

from harness.errors import BadInput
from harness.text.requests import Finish

LEAST_SHARE = 0.5  # of a task's items must fit the model's input: of fewer, the short ones say nothing of the task
Kind = Literal["choice", "letter", "value", "number", "program", "summary", "brackets"]
"""What an answer is: an option, chosen by its likelihood; or written: an option's letter, a value in words, a number,
a program that is run, a summary, closing brackets."""


@dataclass(frozen=True)
class Outcome:
    """One item's result."""

    item_id: str
    score: float
    """In [0, 1]: right or wrong for most tasks, ROUGE-L F1 for summaries."""
    label: str
    """Why the score is what it is: `right`, `wrong`, `truncated`, `loop`, `not extracted`, `syntax`, ..."""
    response: str
    """The answer as text, or the chosen option."""
    extra: dict[str, float] = field(default_factory=dict)
    """Other scores of the same answer, such as `acc_norm` beside `acc`, or `strict` beside `flexible`."""
    detail: str = ""
    """What an execution said of a program that failed."""
    finish: Finish | None = None
    """How a generated answer ended; None where nothing was generated."""
    tokens: int = 0
    """Generated tokens of the model, the end-of-turn token included."""
    thought: str = ""
    """What the model thought before it answered; no part of the response."""
    program: str = ""
    """The program that was found in the response and run; "" where the response is the program, or none was run."""
    isolation: str | None = field(default=None, compare=False)
    """What the program could do that it should not, as `harness.execute.sandbox` found; None where none was run."""
    steady: bool = field(default=True, compare=False)
    """Whether judging the same answer again must come to the same: not where a program ran out of time or memory."""


@dataclass(frozen=True)
class TaskResult:
    """One task on one variant of a model."""

    task: str
    kind: Kind
    chance: float
    """Expected score of guessing, in [0, 1)."""
    outcomes: tuple[Outcome, ...]
    left_out: tuple[str, ...] = ()
    """Ids of the items that were not asked, because question and answer are longer than the model's input."""
    room: int | None = None
    """The model's longest input in tokens; None where it has no limit."""

    content: str = ""
    """12 hexadecimal digits naming what the items say, where their ids do not; lm-eval's tasks have none."""
    order: tuple[str, ...] = ()
    """Ids of the outcomes in the order in which items are drawn, whose beginnings are looks; () where nobody drew."""

    def __post_init__(self) -> None:
        """Refuse what could not be paired or counted.

        Raises:
            BadInput: the task is not described, a score is none, or two items have one name.
        """
        require_described(self.task, self.kind, self.chance)
        for outcome in self.outcomes:
            if not 0 <= outcome.score <= 1:
                raise BadInput(
                    f"task {self.task}: item {outcome.item_id!r} has the score {outcome.score}; expected one in [0, 1]"
                )
        require_names(self.task, [outcome.item_id for outcome in self.outcomes])

    @property
    def asked_for(self) -> int:
        """Items that were to be asked, those left out included."""
        return len(self.outcomes) + len(self.left_out)

    @property
    def scores(self) -> tuple[float, ...]:
        """Scores in item order."""
        return tuple(outcome.score for outcome in self.outcomes)

    @property
    def mean(self) -> float:
        """Mean score, in [0, 1]."""
        return sum(self.scores) / len(self.scores)


def require_described(task: str, kind: str, chance: float) -> None:
    """Refuse a name, a kind or a chance that no result can be read by.

    Raises:
        BadInput: the name is blank, the kind is none of Kind, or the chance is not in [0, 1).
    """
    if not task.strip():
        raise BadInput(f"a task is called {task!r}; expected a name, such as 'gsm8k'")
    if kind not in get_args(Kind):
        raise BadInput(f"task {task}: kind {kind!r} is none; expected one of {', '.join(get_args(Kind))}")
    if not 0 <= chance < 1:
        raise BadInput(f"task {task}: chance {chance}; expected the score of guessing, at least 0 and below 1")


def require_names(task: str, names: Sequence[str]) -> None:
    """Refuse two items of one name: results are paired by name.

    Raises:
        BadInput: there are two.
    """
    name, times = next(iter(Counter(names).most_common(1)), ("", 0))
    if times > 1:
        raise BadInput(f"task {task}: {times} items are called {name!r}; expected a name of its own for each")


def require_enough(task: str, kept: int, left_out: int, room: int | None) -> None:
    """Refuse a task of which too few items fit the model's input.

    Raises:
        BadInput: less than LEAST_SHARE of them does, or none.
    """
    if left_out and kept < max(1, LEAST_SHARE * (kept + left_out)):
        raise BadInput(
            f"{task}: {left_out} of {kept + left_out} items are longer with their answers than the model's input of "
            f"{room} tokens; at least {LEAST_SHARE:.0%} must fit: use a model with a longer context, or another task"
        )
