"""What a check does with a claim: it asks the base first, then decides on the evidence, records, compares."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.subject.closing import Closing, Ended, NotTestable
from harness.tasks.guessing import guessing_score

if TYPE_CHECKING:
    from harness.decide.design import Design, Evidence
    from harness.decide.seeds import SeededTask
    from harness.decide.testable import Decidability
    from harness.decide.verdict import Judgement
    from harness.report.items import Results
    from harness.subject import Subject
    from harness.tasks.outcome import TaskResult

    Scoring = Mapping[str, Callable[[Mapping[str, TaskResult]], Mapping[str, TaskResult]]]


@dataclass(frozen=True)
class Case:
    """One claim with its parameters: ask the base, then decide; every end writes a row."""

    subject: "Subject"
    design: "Design"
    seeds: tuple[int, ...]
    closing: Closing
    """How it ends."""
    _asked: dict[str, "TaskResult"] = field(default_factory=dict)
    _scored: dict[str, Mapping[str, "TaskResult"]] = field(default_factory=dict)
    _ground: list["Decidability"] = field(default_factory=list)
    _limits: list[int | None] = field(default_factory=list)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Role -> the tasks that speak for it on this tier, of a claim that `harness.tasks.roles` knows.

        Raises:
            BadInput: nothing is known of the claim.
        """
        from harness.tasks.roles import questions_of

        return questions_of(self.design.claim).on(self.subject.tier)

    def base(
        self,
        groups: Mapping[str, Sequence[str]],
        *,
        beside: Sequence[str] = (),
        limit: int | None = None,
        scored: "Scoring | None" = None,
    ) -> dict[str, "TaskResult"]:
        """The unpruned model's results, asked before anything else; ends the check where they leave nothing to decide.

        Args:
            groups: role of the design -> its tasks, and of what only conditions see where its base is the unpruned
                model too. The cheapest first: a role that refuses spares the others.
            beside: further tasks that are measured, where the claim can be decided.
            limit: items per task, where not the run's own.
            scored: role -> how its scores are made of the results, where they are not the results' own.

        Raises:
            NotTestable: whatever the variant answered, the claim could not be decided.
            BadInput: a role has no tasks here, the effect says nothing of the claim, or items cannot be had.
        """
        from harness.decide.testable import decidable
        from harness.tasks.suite import require_items

        missing = [role for role in self.design.roles if not groups.get(role)]
        if missing:
            raise BadInput(f"claim {self.design.claim}: no tasks for {missing[0]}; name at least 1")
        deciding = list(dict.fromkeys(task for tasks in groups.values() for task in tasks))
        further = [task for task in dict.fromkeys(beside) if task not in deciding]
        require_items([*deciding, *further], self.subject.source)
        self._limits.append(limit)
        made = {role: (scored or {}).get(role, dict) for role in groups}
        if not self.subject.dry:
            self._ask_first(groups, made, limit)
        self._asked.update(self.subject.evaluate(self.subject.whole, deciding, limit))
        for role in groups:
            self._scored[role] = made[role]({task: self._asked[task] for task in groups[role]})
        ground = decidable(self.design, {role: _scores(of) for role, of in self._scored.items()}, self._looks)
        self._ground.append(ground)
        if not ground.open and not self.subject.dry:
            self._refuse(ground, self._asked)
        if further:
            self._asked.update(self.subject.evaluate(self.subject.whole, further, limit))
        return dict(self._asked)

    def _ask_first(self, groups: Mapping[str, Sequence[str]], made: "Scoring", limit: int | None) -> None:
        """Ask the base a few of its items, role by role, and refuse what none of the others could make testable."""
        from harness.decide.testable import FIRST, hopeless
        from harness.tasks.subset import Slice

        planned: dict[str, int] = {}
        found: dict[str, TaskResult] = {}
        scores = {}
        for role, tasks in groups.items():
            planned |= self.subject.questions.planned(tasks, limit)
            if max(planned[task] for task in tasks) <= FIRST:
                continue
            few = Slice(FIRST, limit or self.subject.limit)
            results = self.subject.evaluate(self.subject.whole, tasks, few)
            found |= results
            scores[role] = _scores(made[role](results))
            refusal = hopeless(self.design, scores, planned, self._looks)
            if refusal is not None:
                self._refuse(refusal, found)

    @property
    def _looks(self) -> int:
        """Evidences that will be looked at: the layers of a sweep."""
        return self.subject.loaded.depth if self.design.sweep else 1

    def tasks(self, role: str) -> tuple[str, ...]:
        """The tasks of a role that say something of this base.

        Raises:
            BadInput: the base was not asked for this role.
        """
        self._require_asked(role)
        return self._ground[0].kept[role] if not self.subject.dry else tuple(self._scored[role])

    def scores(self, role: str, *runs: "Mapping[str, TaskResult]") -> list["SeededTask"]:
        """A role that the base was asked for: its tasks with the base's scores and those of a variant's runs.

        Raises:
            BadInput: it was not asked for this role.
        """
        self._require_asked(role)
        return self.against(self._scored[role], self.tasks(role), *runs)

    def _require_asked(self, *roles: str) -> None:
        """Refuse roles that the base was never asked for.

        Raises:
            BadInput: there is one.
        """
        for role in roles or self.design.roles:
            if role not in self._scored:
                asked = f"for {', '.join(self._scored)}" if self._scored else "for nothing"
                raise BadInput(
                    f"claim {self.design.claim}: the base was asked {asked}, and not for {role!r}; name it in "
                    f"case.base({{{role!r}: [tasks]}}) first"
                )

    def against(
        self, base: "Mapping[str, TaskResult]", tasks: Sequence[str], *runs: "Mapping[str, TaskResult]"
    ) -> list["SeededTask"]:
        """Scores of some runs on some tasks against those of a base; a role that only conditions look at."""
        from harness.tasks.pairs import seeded

        return seeded(base, list(runs), tasks)

    def decide(
        self,
        evidence: "Evidence | Sequence[Evidence]",
        *,
        effect: str,
        results: "Results",
        measurements: dict[str, Any],
        shown: str = "",
    ) -> "Judgement":
        """Decide the claim, write its row, and assert it.

        Args:
            evidence: role -> scores; of a sweep, one a removed layer.
            effect: what the effect is; `{place}` stands for the deciding layer.
            results: variant -> task -> result, the unpruned first, then pruned and recovered ones; kept item by item.
            measurements: other figures worth keeping; `retention`, `layers` and `curve` are drawn.
            shown: variants whose worst items to show, `{place}` as above; default: all.

        Raises:
            BadInput: the base was not asked first, the evidence lacks a role, or its scores do not belong together.
        """
        from harness.decide.verdict import judge
        from harness.report.record import Effect

        self._require_asked()
        judged = judge(self.design, evidence)
        interval, ground = judged.interval, self._ground[0]
        also: dict[str, Any] = {"conditions": judged.conditions} if judged.conditions else {}
        also["extremes"] = {"best": ground.best, "worst": ground.worst}
        if self.design.sweep:
            beyond = [place for place, one in enumerate(judged.intervals) if one.low > self.design.minimum]
            also |= {"clearest_layer": judged.place, "layers_beyond_minimum": beyond}
        ended = Ended(
            judged.verdict,
            judged.reason + self._more(judged, evidence if isinstance(evidence, Mapping) else evidence[judged.place]),
            Effect(
                effect.format(place=judged.place),
                interval.estimate,
                interval.low,
                interval.high,
                interval.confidence,
                self.design.unit,
            ),
            None if judged.verdict == "not testable" else interval.p_value,
            interval.n,
            results,
            measurements | also,
            self._ground[-1],
        )
        self.closing(ended, [shown.format(place=judged.place)] if shown else ())
        return judged

    def _refuse(self, ground: "Decidability", results: "Mapping[str, TaskResult]") -> None:
        """Write the row of a claim that nothing could decide, and end the check."""
        self._ground.append(ground)
        kept = {"base": dict(results)}
        n = sum(len(result.outcomes) for result in results.values())
        extremes = {"extremes": {"best": ground.best, "worst": ground.worst}} if ground.best else {}
        scores = {"base_scores": {name: result.mean for name, result in results.items()}}
        self.closing(Ended("not testable", ground.reason, None, None, n, kept, scores | extremes, ground), ())
        raise NotTestable(ground.reason)

    def _more(self, judged: "Judgement", evidence: "Evidence") -> str:
        """What would decide an inconclusive claim, and what a single training run cannot say."""
        from harness.report.advice import advice, nothing_right
        from harness.tasks.suite import SWEEP_SHARE

        if self.design.trains and len(self.seeds) == 1 and judged.verdict in ("reproduced", "contradicted"):
            return "; of this one training run: another seed was not tried (--training-seeds)"
        if nothing_right({role: evidence[role] for role in self.design.roles}):
            return ""
        tasks = list(dict.fromkeys(task for role in self.design.roles for task in self.tasks(role)))
        now = {task: self._asked[task].asked_for for task in tasks}
        limit = self._limits[0]
        whole = limit is None and self.subject.limit is None
        sizes = now if whole else self.subject.questions.planned(tasks, sys.maxsize)  # of lm-eval's it is not known
        return advice(judged, now, sizes, SWEEP_SHARE if limit == self.subject.sweep_limit else 1)


def _scores(results: "Mapping[str, TaskResult]") -> dict[str, tuple[tuple[float, ...], float]]:
    """Task -> its scores, and the expected score of guessing."""
    return {task: (result.scores, guessing_score(result)) for task, result in results.items()}
