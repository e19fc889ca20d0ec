"""A run within a stated time: nothing is begun that would end after it, and what is answered is kept."""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.foresee.lengths import Kind
from harness.foresee.work import Piece, new_of, of_pieces
from harness.models.passes import counted_passes
from harness.prune.plan import LayerPlan
from harness.prune.surgery import expected_layers
from harness.recover.recover import RecoveredModel, recover_along
from harness.score.refill import refills
from harness.subject.closing import OutOfTime
from harness.subject.hands import Hands, Variant
from harness.tasks.outcome import TaskResult
from harness.tasks.suite import TASKS, evaluate

if TYPE_CHECKING:
    from harness.foresee.session import Session, Walked
    from harness.methods.method import Ranking
    from harness.score.jobs import Job
    from harness.score.scorer import Scorer

SPENT = 0.95
"""Of a budget that is spent on answers and trainings; the rest is for rows and pages."""
_UNITS = {"": 60, "m": 60, "h": 3600}
_MOST = 60 * 24 * 365


def parse_budget(text: str) -> float:
    """Seconds of a time such as `20` (minutes), `90m` or `2h`.

    Raises:
        BadInput: it is none.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(m|h|)", text.strip())
    seconds = float(found[1]) * _UNITS[found[2]] if found else 0.0
    if not 0 < seconds <= _MOST * 60:
        raise BadInput(f"--budget {text}: expected minutes or hours, such as 20, 90m or 2h, of at most a year")
    return seconds


@dataclass(frozen=True)
class Budget:
    """What is left of a time."""

    said: str
    """As it was written."""
    seconds: float
    clock: Callable[[], float]
    started: float

    @property
    def left(self) -> float:
        """Seconds for answers and trainings."""
        return self.started + SPENT * self.seconds - self.clock()

    def require_any(self) -> None:
        """Stop what turned out to take longer than it was expected to.

        Raises:
            OutOfTime: the whole time is over.
        """
        if self.clock() - self.started > self.seconds:
            raise OutOfTime

    def require(self, seconds: float = 0.0) -> None:
        """Stop what would not be done in time.

        Raises:
            OutOfTime: it takes longer than what is left.
        """
        left = self.left
        if left <= 0 or seconds > left:
            raise OutOfTime


def cheapest_first(walks: Sequence["Walked"], session: "Session") -> list["Walked"]:
    """The checks in the order in which each is the cheapest, given what those before it have paid for already."""
    known, left, order = set[tuple[str, str]](), list(walks), list["Walked"]()
    trained: dict[str, int] = {}

    def cost(walk: "Walked") -> float:
        if walk.seen is None or walk.ended:
            return math.inf  # of such a check not everything is known
        runs = [run for run in walk.notes.trainings if run.tokens > trained.get(run.name, 0)]
        return session.work(new_of(walk.notes.pieces, set(known)), runs, walk.notes.rankings, 0).seconds

    while left:
        chosen = min(left, key=cost)
        left.remove(chosen)
        order.append(chosen)
        new_of(chosen.notes.pieces, known)
        trained |= {run.name: max(run.tokens, trained.get(run.name, 0)) for run in chosen.notes.trainings}
    return order


class Within:
    """Hands that begin nothing which would not be done in time."""

    def __init__(self, budget: Budget) -> None:
        """`session` is set once the machine's rates are known; until then only the time itself counts."""
        self.budget = budget
        self.session: Session | None = None
        self.task = ""
        self._since, self._owed = 0.0, 0.0
        """When what is being written was begun, and what all of it was expected to take then."""

    @property
    def hands(self) -> Hands:
        """For a subject."""
        return Hands(scorer=self.scorer, evaluate=self.evaluate, rank=self.rank, recover=self.recover)

    def scorer(self, variant: Variant, scorer: "Scorer") -> "Scorer":
        """The scorer, whose jobs look at the clock before they begin."""
        kind: Kind = "recovered" if isinstance(variant, RecoveredModel) else "pruned"
        if isinstance(variant, LayerPlan) and variant.changes_nothing:
            kind = "base"

        def taken(job: "Job") -> "Job":
            def begin(model: Any, idle: bool) -> None:  # noqa: ANN401, FBT001  # as of a job
                seconds, now = self._seconds(job, model, kind), self.budget.clock()
                if idle:
                    self._since, self._owed = now, 0.0
                self.budget.require(seconds + max(0.0, self._owed - (now - self._since)))
                self._owed += seconds

            return replace(job, begin=begin)

        scorer.desk = replace(scorer.desk, taken=taken, pulse=self.budget.require_any)
        return scorer

    def _seconds(self, job: "Job", model: Any, kind: Kind) -> float:  # noqa: ANN401  # a model
        """What a job is expected to take."""
        if self.session is None:
            return 0.0
        size = job.size
        piece = Piece(
            self.task, job.prompt_tokens, size.read, size.passes, size.logits, size.held, expected_layers(model),
            size.limits, kind, followed=size.followed and refills(model),
        )  # fmt: skip
        return of_pieces([piece], self.session.model, self.session.rates, self.session.counting.sight.lengths).seconds

    def evaluate(self, names: Sequence[str], *given: Any, **named: Any) -> dict[str, TaskResult]:  # noqa: ANN401
        """As `suite.evaluate`, one task after the other."""
        others, found = [name for name in names if name not in TASKS], dict[str, TaskResult]()
        for group in [[name] for name in names if name in TASKS] + ([others] if others else []):
            self.task = group[0]
            found |= evaluate(group, *given, **named)
        return {name: found[name] for name in names}

    def rank(self, method: str, loaded: Any, *given: Any) -> "Ranking":  # noqa: ANN401  # as of `rank_layers`
        """As `rank_layers`; stops between forward passes."""
        from harness.methods.rank import rank_layers

        with counted_passes(loaded.model, on_pass=self.budget.require):
            return rank_layers(method, loaded, *given)

    def recover(self, *given: Any, progress: Any = None, **named: Any) -> list[RecoveredModel]:  # noqa: ANN401
        """As `recover_along`; stops between steps, and goes on from its last checkpoint another time."""

        def told(done: int, steps: int, seconds: float) -> None:
            if progress is not None:
                progress(done, steps, seconds)
            self.budget.require()

        return recover_along(*given, progress=told, **named)
