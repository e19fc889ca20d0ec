"""A claim whose check is walked through to see what it asks: nothing is weighed, nothing decided, no row is written."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from harness.decide.testable import Decidability, decidable
from harness.foresee.hands import Counting
from harness.foresee.power import SUPPOSED, detectable, supposed
from harness.subject.asking import Asking
from harness.subject.race import Race

if TYPE_CHECKING:
    from harness.decide.design import Design
    from harness.decide.seeds import SeededTask
    from harness.subject.asking import Groups, Scoring
    from harness.subject.case import Case
    from harness.tasks.outcome import TaskResult


class Foretold(Exception):  # noqa: N818  # the end of a walk, and no error
    """Ends a check that was walked through; what it asks is noted."""


@dataclass
class Foreseen:
    """What is known of one claim before it is run."""

    claim: str
    params: Mapping[str, Any]
    items: int = 0
    """Per task, at most."""
    ground: Decidability | None = None
    detectable: float | None = None
    minimum: float = 0.0
    unit: str = ""
    supposed: float | None = None
    """Share that the base is supposed to get right; None where its answers are stored."""
    first: tuple[int, int] | None = None
    """Items of the first look, and jobs counted by its end."""
    trainings_by_then: int = 0


@dataclass(frozen=True)
class ForeseenCase:
    """A case as a check uses it."""

    case: "Case"
    counting: Counting
    seen: Foreseen

    _weighed: dict[int, tuple[Any, Any]] = field(default_factory=dict)

    @cached_property
    def _race(self) -> Race:
        return Race(self.asking)

    @cached_property
    def asking(self) -> Asking:
        """The base, as the case would ask it."""
        return Asking(self.case.subject, self.case.design)

    @property
    def design(self) -> "Design":
        """The case's."""
        return self.case.design

    @property
    def subject(self) -> Any:  # noqa: ANN401
        """The case's."""
        return self.case.subject

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """The case's."""
        return self.case.groups

    @property
    def limit(self) -> int | None:
        """Items per task that were asked last."""
        return self.asking.limit

    def base(
        self, groups: "Groups", *, beside: Sequence[str] = (), limit: int | None = None,
        scored: "Scoring | None" = None,
    ) -> dict[str, "TaskResult"]:  # fmt: skip
        """The base's results, or what stands for them.

        Raises:
            Foretold: its answers are stored, and leave nothing to decide.
            BadInput: as of `Case.base`.
        """
        self.asking.require(groups, beside)
        self._ask(groups, scored or {}, limit)
        return self.asking.beside(beside)

    def looks(
        self, groups: "Groups", *, beside: Sequence[str] = (), limit: int | None = None,
        scored: "Scoring | None" = None,
    ) -> Iterator[dict[str, "TaskResult"]]:  # fmt: skip
        """The first look, and the last, which has the items of all.

        Raises:
            Foretold: as of `base`.
            BadInput: as of `Case.looks`.
        """
        subject, asking = self.case.subject, self.asking
        asking.require_unasked()
        if not subject.looks or self.design.ordered:
            yield self.base(groups, beside=beside, limit=limit, scored=scored)
            return
        asking.require(groups, beside)
        asking.plan(groups, limit)
        first, last = asking.looks[0], asking.looks[-1]
        if first != last:
            asking.put(groups, scored or {}, first)
            yield asking.beside(beside)
            self.seen.first = first, len(self.counting.notes.pieces)
            self.seen.trainings_by_then = len(self.counting.notes.trainings)
        self._ask(groups, scored or {}, limit)
        yield asking.beside(beside)

    def _ask(self, groups: "Groups", scored: "Scoring", limit: int | None) -> None:
        """Ask all items, and say what they leave to decide."""
        notes, asking = self.counting.notes, self.asking
        asking.put(groups, scored, limit)
        results = [result for of_role in asking.scored.values() for result in of_role.values()]
        self.seen.items = max(result.asked_for for result in results)
        known = not notes.base_asked
        scores = asking.scores if known else supposed(self.design, asking.scored)
        self.seen.ground = decidable(self.design, scores, asking.intervals)
        self.seen.supposed = None if known else SUPPOSED
        if known and not self.seen.ground.open:
            raise Foretold
        self.seen.detectable = detectable(self.design, scores, asking.intervals)

    def race(
        self, groups: "Groups", *, beside: Sequence[str] = (), limit: int | None = None,
        scored: "Scoring | None" = None,
    ) -> Iterator[dict[str, "TaskResult"]]:  # fmt: skip
        """The rounds of a race, of whichever layers stand-ins put first.

        Raises:
            Foretold: as of `base`.
            BadInput: as of `Case.race`.
        """
        self._race.require_sweep()
        if not self.case.subject.race:
            yield from self.looks(groups, beside=beside, limit=limit, scored=scored)
            return
        self._race.start()
        self.base(groups, beside=beside, limit=limit, scored=scored)
        self._race.opened(scored or {})
        yield from self._race.run(groups, scored or {}, self._weighed)

    def weigh(self, evidence: Any) -> Any:  # noqa: ANN401  # handed on
        """Weigh nothing; a race looks at what was seen."""
        self._weighed[len(self.asking.limits)] = evidence, None
        return evidence

    def without_each(self, tasks: Sequence[str]) -> dict[int, dict[str, "TaskResult"]]:
        """As of a case."""
        return self._race.without_each(tasks)

    def tasks(self, role: str) -> tuple[str, ...]:
        """The tasks of a role, whatever the base leaves of them."""
        self.asking.require_asked(role)
        return tuple(self.asking.scored[role])

    def scores(self, role: str, *runs: "Mapping[str, TaskResult]") -> list["SeededTask"]:
        """As of a case."""
        return self.against(self.asking.scored[role], self.tasks(role), *runs)

    def against(
        self, base: "Mapping[str, TaskResult]", tasks: Sequence[str], *runs: "Mapping[str, TaskResult]"
    ) -> list["SeededTask"]:
        """As of a case."""
        return self.case.against(base, tasks, *runs)

    def decide(self, *_: Any, **__: Any) -> None:  # noqa: ANN401  # as a check hands them over
        """End the walk.

        Raises:
            Foretold: always.
        """
        raise Foretold
