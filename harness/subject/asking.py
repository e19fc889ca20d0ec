"""What the base of a case was asked, and what that leaves to decide."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.tasks.guessing import guessing_score

if TYPE_CHECKING:
    from harness.decide.bootstrap import Interval
    from harness.decide.design import Design, Evidence
    from harness.decide.testable import Decidability, Scores
    from harness.decide.verdict import Judgement
    from harness.subject import Subject
    from harness.tasks.outcome import TaskResult

    Results = Mapping[str, TaskResult]
    Groups = Mapping[str, Sequence[str]]
    Scoring = Mapping[str, Callable[[Results], Results]]
    Refusal = tuple[Decidability, Results]


@dataclass(frozen=True)
class Asking:
    """The unpruned model's results in a case, as far as it was asked."""

    subject: "Subject"
    design: "Design"
    asked: dict[str, "TaskResult"] = field(default_factory=dict)
    """By task."""
    scored: dict[str, "Results"] = field(default_factory=dict)
    """By role, as its scores are made."""
    grounds: list["Decidability"] = field(default_factory=list)
    """What they left to decide, time after time."""
    limits: list[int | None] = field(default_factory=list)
    """Items per task, likewise."""
    looks: list[int] = field(default_factory=list)
    """Items per task of every look that is planned; none where there is one only."""
    roles: dict[str, Sequence[str]] = field(default_factory=dict)
    """Role -> the tasks that were asked for it."""
    raced: list[bool] = field(default_factory=list)
    """Not empty where the layers of a sweep race, of which the last one alone decides."""
    planned: dict[str, int] = field(default_factory=dict)
    """Task -> its items at the last of them; where that is not known (lm-eval's), as many as the largest has."""

    @property
    def limit(self) -> int | None:
        """Items per task that were asked last; None: the run's own.

        Raises:
            BadInput: nothing was asked.
        """
        if not self.limits:
            raise BadInput(
                f"claim {self.design.claim}: case.limit before the base was asked; read it inside the loop over "
                f"case.looks, or after case.base"
            )
        return self.limits[-1]

    @property
    def intervals(self) -> int:
        """How many intervals are looked at: of every layer of a sweep, at every look."""
        layers = self.subject.loaded.depth if self.design.sweep and not self.raced else 1
        return layers * (len(self.looks) or 1)

    def turn(self, part: "Results", limit: int | None, scored: "Scoring", ground: "Decidability | None" = None) -> None:
        """Let a part of what was answered speak from now on, and that many items of variants.

        `ground` is what it leaves to decide; None: found out.
        """
        from harness.decide.testable import decidable

        for role, tasks in self.roles.items():
            self.scored[role] = scored.get(role, dict)({task: part[task] for task in tasks})
        self.limits.append(limit)
        self.grounds.append(ground or decidable(self.design, self.scores, self.intervals))

    def plan(self, groups: "Groups", limit: int | None) -> None:
        """Plan the looks.

        Raises:
            BadInput: items cannot be had.
        """
        from harness.decide.looks import looks_at
        from harness.tasks.suite import TASKS

        planned = self.subject.questions.planned(tasks_in(groups), limit)
        most = max(planned.values())
        self.looks.extend(looks_at(most))
        self.planned.update({task: items if task in TASKS else most for task, items in planned.items()})

    def require(self, groups: "Groups", beside: Sequence[str]) -> None:
        """Refuse what cannot be asked.

        Raises:
            BadInput: a role has no tasks, or items cannot be had.
        """
        from harness.tasks.suite import require_items

        missing = [role for role in self.design.roles if not groups.get(role)]
        if missing:
            raise BadInput(f"claim {self.design.claim}: no tasks for {missing[0]}; name at least 1")
        require_items([*tasks_in(groups), *beside], self.subject.source)

    def few(self, groups: "Groups", scored: "Scoring", limit: int | None) -> "Refusal | None":
        """Ask a few items, role by role; the refusal of what none of the others could make testable."""
        from harness.decide.testable import FIRST, hopeless

        planned: dict[str, int] = {}
        found: dict[str, TaskResult] = {}
        scores = {}
        for role, tasks in groups.items():
            planned |= self.subject.questions.planned(tasks, limit)
            if max(planned[task] for task in tasks) <= FIRST:
                continue
            most = limit or self.subject.limit
            results = self.subject.evaluate(self.subject.whole, tasks, min(FIRST, most) if most else FIRST)
            found |= results
            scores[role] = _scores(scored.get(role, dict)(results))
            refusal = hopeless(self.design, scores, planned, self.intervals)
            if refusal is not None:
                return refusal, found
        return None

    def ask(self, groups: "Groups", scored: "Scoring", limit: int | None, *, last: bool = True) -> "Decidability":
        """Ask so many items of every role; what they leave to decide, and of the last ones what would help."""
        from harness.decide.testable import decidable

        self.put(groups, scored, limit)
        self.grounds.append(decidable(self.design, self.scores, self.intervals, remedy=last))
        return self.grounds[-1]

    def put(self, groups: "Groups", scored: "Scoring", limit: int | None) -> None:
        """Ask so many items of every role."""
        self.limits.append(limit)
        self.roles.update(groups)
        self.asked.update(self.subject.evaluate(self.subject.whole, tasks_in(groups), limit))
        for role, tasks in groups.items():
            self.scored[role] = scored.get(role, dict)({task: self.asked[task] for task in tasks})

    def hopeless(self) -> "Decidability | None":
        """The refusal of what none of the items that are still to come could make testable."""
        from harness.decide.testable import hopeless

        return hopeless(self.design, self.scores, self.planned, self.intervals)

    def beside(self, tasks: Sequence[str]) -> "dict[str, TaskResult]":
        """Everything that was asked, with what is only measured."""
        deciding = {task for results in self.scored.values() for task in results}
        further = [task for task in dict.fromkeys(tasks) if task not in deciding]
        if further:
            self.asked.update(self.subject.evaluate(self.subject.whole, further, self.limit))
        return dict(self.asked)

    def more(self, judged: "Judgement", evidence: "Evidence", seeds: Sequence[int]) -> str:
        """What would decide an inconclusive claim, and what a single training run cannot say."""
        from harness.report.advice import advice, nothing_right
        from harness.tasks.suite import SWEEP_SHARE

        if self.design.trains and len(seeds) == 1 and judged.verdict in ("reproduced", "contradicted"):
            said = "; of this one training run: another seed was not tried (--training-seeds)"
            return said if self.subject.recoveries.recipe.has_training else ""
        if self.raced and judged.more is None:
            return ""  # of the layers that a race left behind nothing is known
        if nothing_right({role: evidence[role] for role in self.design.roles if role in evidence}):
            return ""
        tasks = list(dict.fromkeys(task for role in self.design.roles for task in self.grounds[-1].kept[role]))
        now = {task: self.asked[task].asked_for for task in tasks}
        limit = self.limit
        whole = limit is None and self.subject.limit is None
        sizes = now if whole else self.subject.questions.planned(tasks, sys.maxsize)  # of lm-eval's it is not known
        return advice(judged, now, sizes, SWEEP_SHARE if limit == self.subject.sweep_limit else 1)

    def looked(self, seen: "Sequence[Interval]") -> dict[str, Any]:
        """The looks that were planned and what each came to, where there are several."""
        if len(self.looks) < 2:  # noqa: PLR2004  # one look is no looking again
            return {}
        return {"looks": {"items": self.looks, "seen": list(seen)}}

    @property
    def where(self) -> str:
        """Of a verdict at an early look: at which."""
        return f"; seen on the first {self.limit} of {self.looks[-1]} items per task" if self._early else ""

    @property
    def _early(self) -> bool:
        return self.limit in self.looks[:-1]

    def require_unasked(self) -> None:
        """Refuse looks after anything else: one loop has all that are paid for.

        Raises:
            BadInput: the base was asked before.
        """
        if self.limits:
            raise BadInput(f"claim {self.design.claim}: its base was asked before case.looks; write one loop over it")

    def require_settled(self, judged: "Judgement") -> None:
        """Refuse a verdict before the last look that settles nothing: more items are there to be asked.

        Raises:
            BadInput: it is one.
        """
        from harness.decide.looks import settled

        if self._early and not settled(self.design, judged):
            raise BadInput(
                f"claim {self.design.claim}: nothing is settled on the first {self.limit} of {self.looks[-1]} items "
                f"per task ({judged.reason}); weigh what is decided in the loop over case.looks, and let it "
                f"end by itself"
            )

    def require_asked(self, *roles: str) -> None:
        """Refuse roles that the base was never asked for.

        Raises:
            BadInput: there is one.
        """
        for role in roles or self.design.roles:
            if role not in self.scored:
                asked = f"for {', '.join(self.scored)}" if self.scored else "for nothing"
                raise BadInput(
                    f"claim {self.design.claim}: the base was asked {asked}, and not for {role!r}; name it in "
                    f"case.base({{{role!r}: [tasks]}}) first"
                )

    @property
    def scores(self) -> "Scores":
        """Role -> task -> the base's scores, and the expected score of guessing."""
        return {role: _scores(results) for role, results in self.scored.items()}


def tasks_in(groups: "Groups") -> list[str]:
    """Every task once."""
    return list(dict.fromkeys(task for tasks in groups.values() for task in tasks))


def _scores(results: "Results") -> dict[str, tuple[tuple[float, ...], float]]:
    """Task -> its scores, and the expected score of guessing."""
    return {task: (result.scores, guessing_score(result)) for task, result in results.items()}
