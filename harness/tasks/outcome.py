"""What came of asking a model one task: a score per item, in a fixed order."""

from dataclasses import dataclass, field
from typing import Literal

from harness.score.requests import Finish

Group = Literal["classification", "generative", "summary", "probe"]


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
    program: str = ""
    """The program that was found in the response and run; "" where the response is the program, or none was run."""
    isolation: str | None = field(default=None, compare=False)
    """What the program could do that it should not, as `harness.execute.sandbox` found; None where none was run."""


@dataclass(frozen=True)
class TaskResult:
    """One task on one variant of a model."""

    task: str
    group: Group
    chance: float
    """Expected score of guessing, in [0, 1]."""
    outcomes: tuple[Outcome, ...]

    @property
    def scores(self) -> tuple[float, ...]:
        """Scores in item order."""
        return tuple(outcome.score for outcome in self.outcomes)

    @property
    def mean(self) -> float:
        """Mean score, in [0, 1]."""
        return sum(self.scores) / len(self.scores)
