"""How a decided case ends: its row, its item files and page, its baseline, and what pytest makes of it."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import BadInput
from harness.plugin.options import asked
from harness.report.names import BASELINE, CLAIM, DRY, PROPERTY, UNWRITTEN, VERDICT, WARNED, record_name

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from harness.decide.design import Design
    from harness.plugin.regression import Held
    from harness.report.items import Results
    from harness.report.record import ClaimRecord, PaperFigure
    from harness.score.ledger import Cost
    from harness.subject import Subject
    from harness.subject.closing import Ended

STARTED: pytest.StashKey["Cost"] = pytest.StashKey()
"""What had been spent when the check began."""
READ_BEFORE: pytest.StashKey["Counter[str]"] = pytest.StashKey()
"""The answers of other versions that had been read back by then."""


@dataclass(frozen=True)
class Closing:
    """Writes the row of one case."""

    request: pytest.FixtureRequest
    snapshot: Any
    subject: "Subject"
    design: "Design"
    params: dict[str, Any]
    paper: "PaperFigure"
    seeds: tuple[int, ...]

    def _record(self, ended: "Ended") -> "ClaimRecord":
        """The row."""
        from harness.report.items import isolation_of, left_out
        from harness.report.match import held_against, inside
        from harness.report.record import ClaimRecord
        from harness.subject.beside import cost_beside, flip_rates
        from harness.text.ends import end_tokens

        subject, config = self.subject, self.request.config
        if subject.dry:
            ended = replace(ended, verdict="inconclusive", reason=DRY)
        params = self.params | {"limit": subject.limit, "protocol": subject.protocol} | self._unusual()
        if "looks" in ended.measurements:
            params["looks"] = f"from {ended.measurements['looks']['items'][0]} items"
        if "race" in ended.measurements:
            params["race"] = "on"
        match, number = (
            ("proxy", None)
            if subject.dry
            else held_against(self.design.claim, subject.loaded.label, subject.tier, params)
        )
        figure = replace(self.paper, number=number if self.paper.number is None else self.paper.number)
        noise = (
            flip_rates(subject, next(iter(ended.results.values())))
            if asked(config).measure_noise and not ended.cut_short
            else None
        )
        return ClaimRecord(
            claim=self.design.claim,
            title=self.design.title,
            tier=subject.tier,
            model=subject.loaded.label,
            model_fingerprint=subject.loaded.fingerprint,
            params=params,
            verdict=ended.verdict,
            reason=ended.reason,
            effect=ended.effect,
            minimum=self.design.minimum,
            family=self.design.family,
            p_value=ended.p_value,
            n_items=ended.n_items,
            seeds=self.seeds,
            paper=figure,
            match=match,
            paper_inside=inside(ended.effect, figure),
            cost=subject.ledger.since(self.request.node.stash[STARTED]),
            measurements=self._calibration()
            | ended.measurements
            | {"cost_of_variants": cost_beside(subject, timed=asked(config).measure_cost)}
            | ({"flip_rates": noise} if noise else {}),
            isolation=isolation_of(ended.results),
            others=dict(subject.ledger.others - self.request.node.stash[READ_BEFORE]),
            ends=end_tokens(subject.loaded.model, subject.loaded.tokenizer, chat=True).names(subject.loaded.tokenizer),
            left_out=left_out(ended.results) | subject.choices.texts_left_out,
            dtype=subject.loaded.dtype,
            scores=ended.scores,
            tasks_left_out=dict(ended.ground.left_out) | dict(subject.named(self.design.claim).left_out),
            could_be=ended.ground.open,
        )

    def __call__(self, ended: "Ended", shown: Sequence[str]) -> None:
        """Keep the row, hold it to its baseline, and end the check as its verdict says."""
        record, results = self._record(ended), ended.results
        if self.subject.tasks is not None and not self.subject.named(record.claim).groups:
            self._tell(
                WARNED, f"--tasks changed nothing in {record.claim}: a claim of one's own asks what its check says"
            )
        explanation = self._keep(record, results, shown)
        held = None if self.subject.dry or ended.cut_short else self._held(record, results, explanation)
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
        from harness.tasks.suite import texts_by_item

        folder: Path = asked(self.request.config).report
        name, command = record_name(record), self._command()
        self._tell(CLAIM, record.claim)
        self._tell(VERDICT, record.verdict)
        self._tell(PROPERTY, json.dumps(record_to_json(record)))
        try:
            tasks = list(dict.fromkeys(task for by_task in results.values() for task in by_task))
            write_items(folder, name, results, texts_by_item(tasks, self.subject.source))
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
        looks = self.design.calibrates or self._calibration()
        texts = subject.shown.named(subject.tier) if subject.shown and looks else None
        asked_how = {"thinking": subject.thinks, "chat_template": subject.loaded.form}
        only = subject.named(self.design.claim)
        tasks = dict.fromkeys(task for names in only.groups.values() for task in names) if only.left_out else ()
        given = {"tasks": ",".join(tasks), "dtype": dtype, **asked_how, "calibration": texts, "recovery": recovery}
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
