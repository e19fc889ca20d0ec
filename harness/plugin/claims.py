"""What a check does with a claim: it asks the base first, then decides on the evidence, records, compares."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import BadInput
from harness.plugin.options import asked
from harness.report.names import BASELINE, CLAIM, DRY, PROPERTY, UNWRITTEN, VERDICT, WARNED, record_name
from harness.tasks.guessing import guessing_score

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from harness.decide.design import Design, Evidence, VerdictName
    from harness.decide.seeds import SeededTask
    from harness.decide.testable import Decidability
    from harness.decide.verdict import Judgement
    from harness.plugin.regression import Held
    from harness.report.items import Results
    from harness.report.record import ClaimRecord, Effect, PaperFigure
    from harness.score.ledger import Cost
    from harness.subject import Subject
    from harness.tasks.outcome import TaskResult

    Scoring = Mapping[str, Callable[[Mapping[str, TaskResult]], Mapping[str, TaskResult]]]

STARTED: pytest.StashKey["Cost"] = pytest.StashKey()
"""What had been spent when the check began."""
READ_BEFORE: pytest.StashKey["Counter[str]"] = pytest.StashKey()
"""The answers of other versions that had been read back by then."""


class NotTestable(Exception):  # noqa: N818  # an outcome of a check, like pytest's own, and no error
    """Ends a check whose claim the base alone shows to be undecidable; its row is written."""


@dataclass(frozen=True)
class ClaimReporter:
    """Opens cases: one claim with one set of parameters."""

    request: pytest.FixtureRequest
    snapshot: Any

    def case(
        self,
        claim: "str | Design",
        params: dict[str, Any],
        *,
        paper: "PaperFigure | None" = None,
        seeds: Sequence[int] = (0,),
    ) -> "Case":
        """A claim to be decided.

        Args:
            claim: the id of a registered design, or a design of your own (`harness.decide.design`).
            params: what the check was parametrised with.
            paper: what is reported elsewhere for the same quantity; None: what `baselines/` says, if anything.
            seeds: of what was trained or drawn at random, one result each.

        Raises:
            BadInput: the claim has no design, or a design of your own has the name of another one.
        """
        from harness.decide.designs import HEALED, design_of, require_own_name
        from harness.report.paper import NONE, has_figures, paper_figure

        design = design_of(claim) if isinstance(claim, str) else claim
        require_own_name(design, HEALED)
        subject: Subject = self.request.getfixturevalue("subject")
        known = paper_figure(design.claim, subject.loaded.label) if has_figures(design.claim) else NONE
        figure = paper or known
        return Case(self.request, self.snapshot, subject, design, params, figure, tuple(seeds))


@dataclass(frozen=True)
class Case:
    """One claim with its parameters: ask the base, then decide; every end writes a row."""

    request: pytest.FixtureRequest
    snapshot: Any
    subject: "Subject"
    design: "Design"
    params: dict[str, Any]
    paper: "PaperFigure"
    seeds: tuple[int, ...]
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
            BadInput: a role of the design has no tasks here, its effect says nothing of what the claim predicts, or
                the items of a task cannot be had.
        """
        from harness.decide.testable import decidable
        from harness.tasks.suite import require_items

        missing = [role for role in self.design.roles if not groups.get(role)]
        if missing:
            raise BadInput(f"claim {self.design.claim}: no tasks for {missing[0]}; name at least 1")
        deciding = list(dict.fromkeys(task for tasks in groups.values() for task in tasks))
        further = [task for task in dict.fromkeys(beside) if task not in deciding]
        require_items([*deciding, *further], self.subject.tier, self.subject.data)
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
            BadInput: the base was not asked first, or the evidence lacks a role or has scores that do not belong
                together.
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
        record = self._record(
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
        )
        self._close(record, results, [shown.format(place=judged.place)] if shown else ())
        return judged

    def _refuse(self, ground: "Decidability", results: "Mapping[str, TaskResult]") -> None:
        """Write the row of a claim that nothing could decide, and end the check."""
        self._ground.append(ground)
        kept = {"base": dict(results)}
        n = sum(len(result.outcomes) for result in results.values())
        extremes = {"extremes": {"best": ground.best, "worst": ground.worst}} if ground.best else {}
        scores = {"base_scores": {name: result.mean for name, result in results.items()}}
        self._close(self._record("not testable", ground.reason, None, None, n, kept, scores | extremes), kept, ())
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

    def _record(
        self,
        verdict: "VerdictName",
        reason: str,
        effect: "Effect | None",
        p_value: float | None,
        n_items: int,
        results: "Results",
        measurements: dict[str, Any],
    ) -> "ClaimRecord":
        from harness.report.items import isolation_of, left_out
        from harness.report.match import held_against, inside
        from harness.report.record import ClaimRecord
        from harness.subject.beside import cost_beside, flip_rates
        from harness.text.ends import end_tokens

        subject, config = self.subject, self.request.config
        if subject.dry:
            verdict, reason = "inconclusive", DRY
        params = self.params | {"limit": subject.limit, "protocol": subject.protocol} | self._unusual()
        match, number = (
            ("proxy", None)
            if subject.dry
            else held_against(self.design.claim, subject.loaded.label, subject.tier, params)
        )
        figure = replace(self.paper, number=number if self.paper.number is None else self.paper.number)
        noise = flip_rates(subject, next(iter(results.values()))) if asked(config).measure_noise else None
        return ClaimRecord(
            claim=self.design.claim,
            title=self.design.title,
            tier=subject.tier,
            model=subject.loaded.label,
            model_fingerprint=subject.loaded.fingerprint,
            params=params,
            verdict=verdict,
            reason=reason,
            effect=effect,
            minimum=self.design.minimum,
            family=self.design.family,
            p_value=p_value,
            n_items=n_items,
            seeds=self.seeds,
            paper=figure,
            match=match,
            paper_inside=inside(effect, figure),
            cost=subject.ledger.since(self.request.node.stash[STARTED]),
            measurements=self._calibration()
            | measurements
            | {"cost_of_variants": cost_beside(subject, timed=asked(config).measure_cost)}
            | ({"flip_rates": noise} if noise else {}),
            isolation=isolation_of(results),
            others=dict(subject.ledger.others - self.request.node.stash[READ_BEFORE]),
            ends=end_tokens(subject.loaded.model, subject.loaded.tokenizer, chat=True).names(subject.loaded.tokenizer),
            left_out=left_out(results) | subject.choices.texts_left_out,
            tasks_left_out=dict(self._ground[-1].left_out) if self._ground else {},
            could_be=self._ground[-1].open if self._ground else (),
        )

    def _close(self, record: "ClaimRecord", results: "Results", shown: Sequence[str]) -> None:
        explanation = self._keep(record, results, shown)
        held = None if self.subject.dry else self._held(record, results, explanation)
        if held is not None:
            self._tell(BASELINE, held.how)
            if held.warning:
                self._tell(WARNED, held.warning)
        self._conclude(record, explanation, held)

    def _tell(self, name: str, text: str) -> None:
        """A property of the report: it reaches the run's summary, also from an xdist worker, and a JUnit file."""
        self.request.node.user_properties.append((name, text))

    def _keep(self, record: "ClaimRecord", results: "Results", shown: Sequence[str]) -> str:
        """Hand the row to the run's summary, write the item files and the page; the explanation of the verdict.

        What cannot be written costs neither the row nor the verdict; the summary says it.
        """
        from harness.report.items import write_items
        from harness.report.page import write_page
        from harness.report.summary import explain
        from harness.report.verdicts import record_to_json

        folder: Path = asked(self.request.config).report
        name, command = record_name(record), self._command()
        self._tell(CLAIM, record.claim)
        self._tell(VERDICT, record.verdict)
        self._tell(PROPERTY, json.dumps(record_to_json(record)))
        try:
            write_items(folder, name, results)
            write_page(folder, record, results, command, shown)
        except BadInput as error:
            self._tell(UNWRITTEN, str(error))
        return explain(record, results, folder / "items" / name, command, shown)

    def _held(self, record: "ClaimRecord", results: "Results", explanation: str) -> "Held | None":
        """What the baseline says of the row; None where there is none."""
        from harness.plugin.regression import held_to_baseline
        from harness.report.baseline import baseline_path

        folder = self.request.config.rootpath / "baselines" / record.tier
        path = baseline_path(folder, record, self.subject.loaded.reference.parts)
        update = asked(self.request.config).update_baseline
        return held_to_baseline(path, record, results, self.snapshot, update, self._command(), explanation)

    def _unusual(self) -> dict[str, Any]:
        """What the command line changes beside the check's own parameters; such a result has a baseline of its own."""
        subject, dtype = self.subject, asked(self.request.config).dtype
        trains = self.request.node.get_closest_marker("trains") is not None and not subject.dry
        recovery = subject.recoveries.unusual if trains else {}
        if "corpus" in self.params:
            recovery.pop("corpora", None)
        texts = subject.shown.named(subject.tier) if subject.shown and self._calibration() else None
        given = {"dtype": dtype, "thinking": subject.thinks, "calibration": texts, "recovery": recovery}
        return {name: value for name, value in given.items() if value}

    def _calibration(self) -> dict[str, Any]:
        """What the check's method was shown, where it looks at texts."""
        texts = self.subject.choices.calibrated_on(self.params["method"]) if "method" in self.params else None
        return {"calibration": texts} if texts else {}

    def _conclude(self, record: "ClaimRecord", explanation: str, held: "Held | None") -> None:
        """Pass, fail or expectedly fail; what is not decided passes here and is renamed by the plugin."""
        if record.verdict == "contradicted":
            if held is not None:  # the baseline says so too, or all but
                pytest.xfail(explanation)
            pytest.fail(explanation, pytrace=False)
        option = asked(self.request.config)
        fails = {"inconclusive": option.inconclusive, "not testable": option.not_testable}
        if fails.get(record.verdict) == "fail":
            pytest.fail(explanation, pytrace=False)

    def _command(self) -> str:
        """What was typed; an xdist worker's own arguments are not."""
        from harness.report.environment import command

        return command(getattr(self.request.config, "workerinput", {}).get("mainargv", sys.argv)[1:])


def _scores(results: "Mapping[str, TaskResult]") -> dict[str, tuple[tuple[float, ...], float]]:
    """Task -> its scores, and the expected score of guessing."""
    return {task: (result.scores, guessing_score(result)) for task, result in results.items()}
