"""What came of asking a model one task: a score per item, in a fixed order."""

from dataclasses import dataclass, field
from typing import Literal

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
