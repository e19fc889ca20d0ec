"""What a check does with a claim: it asks the base first, then decides on the evidence, records, compares."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from harness.subject.asking import Asking
from harness.subject.closing import Closing, Ended, NotTestable, conditions_in, effect_of, require_free, sweep_in
from harness.subject.race import Race

if TYPE_CHECKING:
    from harness.decide.design import Design, Evidence
    from harness.decide.seeds import SeededTask
    from harness.decide.testable import Decidability
    from harness.decide.verdict import Judgement
    from harness.report.items import Results
    from harness.subject import Subject
    from harness.subject.asking import Groups, Scoring
    from harness.tasks.outcome import TaskResult


@dataclass(frozen=True)
class Case:
    """One claim with its parameters: ask the base, then decide; every end writes a row."""

    subject: "Subject"
    design: "Design"
    seeds: tuple[int, ...]
    closing: Closing
    """How it ends."""
    _weighed: dict[int, tuple["Evidence | Sequence[Evidence]", "Judgement"]] = field(default_factory=dict)
    """What was judged last, by number of the look."""

    @cached_property
    def _asking(self) -> Asking:
        return Asking(self.subject, self.design)

    @cached_property
    def _race(self) -> Race:
        return Race(self._asking)

    @property
    def groups(self) -> dict[str, tuple[str, ...]]:
        """Role -> the tasks that speak for it on this tier, of a claim that `harness.tasks.roles` knows.

        Raises:
            BadInput: nothing is known of the claim.
        """
        from harness.tasks.roles import questions_of

        known = questions_of(self.design.claim).on(self.subject.tier)
        return known if self.subject.tasks is None else dict(self.subject.named(self.design.claim).groups)

    @property
    def limit(self) -> int | None:
        """Items per task that the base was asked last, and that variants are asked; None: the run's own.

        Raises:
            BadInput: it was not asked yet.
        """
        return self._asking.limit

    def base(
        self, groups: "Groups", *, beside: Sequence[str] = (), limit: int | None = None, scored: "Scoring | None" = None
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
        asking, scored = self._asking, scored or {}
        asking.require(groups, beside)
        if not self.subject.dry and (refused := asking.few(groups, scored, limit)) is not None:
            self._refuse(*refused)
        ground = asking.ask(groups, scored, limit)
        if not ground.open and not self.subject.dry:
            self._refuse(ground, asking.asked)
        return asking.beside(beside)

    def looks(
        self, groups: "Groups", *, beside: Sequence[str] = (), limit: int | None = None, scored: "Scoring | None" = None
    ) -> Iterator[dict[str, "TaskResult"]]:
        """As `base`, on more and more items until what is weighed (`weigh`) settles the claim; `--looks off`: on all.

        Variants are asked `case.limit` items. A look at which the base leaves nothing to decide is passed over.

        Raises:
            NotTestable: as of `base`, at the first look that shows it.
            BadInput: as of `base`, or the base was asked before: one loop has all looks that are paid for.
        """
        from harness.decide.looks import settled

        asking = self._asking
        asking.require_unasked()
        if self.subject.dry or not self.subject.looks or self.design.ordered:
            yield self.base(groups, beside=beside, limit=limit, scored=scored)
            return
        asking.require(groups, beside)
        asking.plan(groups, limit)
        for items in asking.looks:
            last = items == asking.looks[-1]
            ground = asking.ask(groups, scored or {}, limit if last else items, last=last)
            refusal = ground if last else asking.hopeless()
            if refusal is not None and not refusal.open:
                self._refuse(refusal, asking.asked)
            if ground.open:
                yield asking.beside(beside)
                if (weighed := self._weighed.get(len(asking.limits))) and settled(self.design, weighed[1]):
                    return

    def race(
        self, groups: "Groups", *, beside: Sequence[str] = (), limit: int | None = None, scored: "Scoring | None" = None
    ) -> Iterator[dict[str, "TaskResult"]]:
        """As `looks`, of a claim that there is a layer: `--race on` drops layers on a few items, and decides on others.

        Variants are those of `without_each`. As `looks` where there is no race.

        Raises:
            NotTestable: as of `base`, on all items or on those that decide.
            BadInput: as of `looks`.
        """
        self._race.require_sweep()
        if self.subject.dry or not self.subject.race:
            yield from self.looks(groups, beside=beside, limit=limit, scored=scored)
            return
        self._asking.require_unasked()
        self._race.start()
        self.base(groups, beside=beside, limit=limit, scored=scored)
        if not (ground := self._race.opened(scored or {})).open:
            self._refuse(ground, self._asking.asked)
        yield from self._race.run(groups, scored or {}, self._weighed)

    def weigh(self, evidence: "Evidence | Sequence[Evidence]") -> "Evidence | Sequence[Evidence]":
        """Judge the evidence of a look: `looks` ends where it decides the claim, and `decide` takes the verdict.

        Raises:
            BadInput: as of `decide`.
        """
        from harness.decide.verdict import judge

        self._asking.require_asked()
        self._race.require_evidence(evidence)
        judged = self._race.verdict(judge(self.design, evidence, looks=len(self._asking.looks) or 1))
        self._weighed[len(self._asking.limits)] = evidence, judged
        return evidence

    def without_each(self, tasks: Sequence[str]) -> dict[int, dict[str, "TaskResult"]]:
        """Layer -> results without it alone, on the items that the base was asked last; in a race those still in it."""
        return self._race.without_each(tasks)

    def tasks(self, role: str) -> tuple[str, ...]:
        """The tasks of a role that say something of this base.

        Raises:
            BadInput: the base was not asked for this role.
        """
        self._asking.require_asked(role)
        return tuple(self._asking.scored[role]) if self.subject.dry else self._asking.grounds[-1].kept[role]

    def scores(self, role: str, *runs: "Mapping[str, TaskResult]") -> list["SeededTask"]:
        """A role that the base was asked for: its tasks with the base's scores and those of a variant's runs.

        Raises:
            BadInput: it was not asked for this role.
        """
        self._asking.require_asked(role)
        return self.against(self._asking.scored[role], self.tasks(role), *runs)

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
            BadInput: the base was not asked first, nothing is settled, a role lacks, or scores do not belong together.
        """
        from harness.subject.scores import scores_of

        require_free(self.design.claim, measurements)
        if self._weighed.get(len(self._asking.limits), (None,))[0] is not evidence:
            self.weigh(evidence)
        judged, ground = self._weighed[len(self._asking.limits)][1], self._asking.grounds[-1]
        self._asking.require_settled(judged)
        self._race.require_over()
        layer = self._race.layer
        also: dict[str, Any] = {"extremes": {"best": ground.best, "worst": ground.worst}}
        also |= conditions_in(self.design, judged)
        also |= sweep_in(self.design, judged, layer)
        variants = [shown.format(place=layer(judged.place))] if shown else [] if self.design.sweep else [*results][1:]
        deciding = evidence if isinstance(evidence, Mapping) else evidence[judged.place]
        ended = Ended(
            judged.verdict,
            judged.reason + self._asking.where + self._asking.more(judged, deciding, self.seeds),
            effect_of(judged, effect.format(place=layer(judged.place)), self.design.unit),
            None if judged.verdict == "not testable" else judged.interval.p_value,
            judged.interval.n,
            results,
            measurements | also | self._looked(),
            ground,
            scores_of(self.design, self.subject.tier, deciding, results, variants, ground.left_out),
        )
        self.closing(ended, variants if shown else ())
        return judged

    def _refuse(self, ground: "Decidability", results: "Mapping[str, TaskResult]") -> None:
        """Write the row of a claim that nothing could decide, and end the check."""
        from harness.subject.closing import refused

        self.closing(refused(ground, results, self._looked(), self.subject.tier), ())
        raise NotTestable(ground.reason)

    def cut_short(self, why: str) -> None:
        """Write the row of a claim for which the time of the run did not suffice."""
        from harness.subject.closing import cut_short

        weighed = {} if self._race.running else self._weighed
        self.closing(cut_short(self.design, self._asking, weighed, self._looked(), why), ())

    def _looked(self) -> dict[str, Any]:
        return self._race.told | self._asking.looked([judged.interval for _, judged in self._weighed.values()])
