"""What a check does with its interval: a verdict, a record, its items as files, and a comparison with the baseline."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import BadInput
from harness.options import asked
from harness.report.names import PROPERTY, UNWRITTEN, record_name

if TYPE_CHECKING:
    from collections import Counter

    from harness.decide.bootstrap import Interval
    from harness.report.items import Results
    from harness.report.record import ClaimRecord, Cost, PaperFigure
    from harness.subject import Subject

STARTED: pytest.StashKey["Cost"] = pytest.StashKey()
"""What had been spent when the check began."""
READ_BEFORE: pytest.StashKey["Counter[str]"] = pytest.StashKey()
"""The answers of other versions that had been read back by then."""
DRY = "dry run: random weights decide nothing"


@dataclass(frozen=True)
class ClaimReporter:
    """Decides a claim, records it, keeps its items, and compares it with its baseline."""

    request: pytest.FixtureRequest
    snapshot: Any

    def decide(
        self,
        claim: str,
        title: str,
        interval: "Interval",
        *,
        effect: str,
        unit: str,
        minimum: float,
        paper: "PaperFigure",
        params: dict[str, Any],
        results: "Results",
        measurements: dict[str, Any],
        seeds: tuple[int, ...] = (0,),
        shown: Sequence[str] = (),
    ) -> None:
        """Record a verdict on `interval` and assert it.

        Args:
            claim: id of the claim, stable between releases.
            title: the claim in one sentence.
            interval: the measured effect.
            effect: what the effect is.
            unit: its unit.
            minimum: smallest effect that counts as the claim being true, same unit.
            paper: what the paper reports.
            params: what the check was parametrised with.
            results: variant -> task -> result, the unpruned first, then pruned and recovered ones; kept item by item.
            measurements: other figures worth keeping; `retention`, `layers` and `curve` are drawn.
            seeds: of what was trained or drawn at random, one result each.
            shown: variants whose worst items to show, such as the layer that decides a sweep; default: all.
        """
        from harness.decide.verdict import decide, items_to_decide, reason
        from harness.report.items import isolation_of, left_out
        from harness.report.record import ClaimRecord, Effect
        from harness.score.ends import end_tokens

        subject: Subject = self.request.getfixturevalue("subject")
        verdict = decide(interval.low, interval.high, minimum)
        enough = items_to_decide(interval.estimate, interval.low, interval.high, minimum, interval.n)
        why = reason(verdict, interval.estimate, interval.low, interval.high, minimum, enough)
        if subject.dry:
            verdict, why = "inconclusive", DRY
        noise = subject.flip_rates(next(iter(results.values()))) if asked(self.request.config).measure_noise else None
        record = ClaimRecord(
            claim=claim,
            title=title,
            tier=subject.tier,
            model=subject.loaded.label,
            model_fingerprint=subject.loaded.fingerprint,
            params=params | {"limit": subject.limit, "protocol": subject.protocol} | self._unusual(subject, params),
            verdict=verdict,
            reason=why,
            effect=Effect(effect, interval.estimate, interval.low, interval.high, interval.confidence, unit),
            p_value=interval.p_value,
            n_items=interval.n,
            seeds=seeds,
            paper=paper,
            cost=subject.ledger.since(self.request.node.stash[STARTED]),
            measurements=self._calibration(subject, params)
            | measurements
            | {"cost_of_variants": subject.cost_beside(timed=asked(self.request.config).measure_cost)}
            | ({"flip_rates": noise} if noise else {}),
            isolation=isolation_of(results),
            others=dict(subject.ledger.others - self.request.node.stash[READ_BEFORE]),
            ends=end_tokens(subject.loaded.model, subject.loaded.tokenizer, chat=True).names(subject.loaded.tokenizer),
            left_out=left_out(results) | subject.texts_left_out,
        )
        explanation = self._keep(record, results, shown)
        known = None if subject.dry else self._compare(record, results, explanation)
        self._conclude(record, explanation, known_contradiction=known == "contradicted")

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
        self.request.node.user_properties.append((PROPERTY, json.dumps(record_to_json(record))))
        try:
            write_items(folder, name, results)
            write_page(folder, record, results, command, shown)
        except BadInput as error:
            self.request.node.user_properties.append((UNWRITTEN, str(error)))
        return explain(record, results, folder / "items" / name, command, shown)

    def _compare(self, record: "ClaimRecord", results: "Results", explanation: str) -> str | None:
        """The verdict of the baseline, None where there is none; fails when today's result differs from it.

        With `--update-baseline` today's result becomes the baseline instead.
        """
        from harness.report.baseline import (
            baseline_of,
            extension,
            item_ids,
            read_baseline,
            with_known_noise,
            with_provenance,
        )
        from harness.report.compare import differences

        option, path = asked(self.request.config), self._baseline_path(record)
        old = read_baseline(path)
        update = option.update_baseline is not None
        if old is None and not update:
            return None
        if old is not None and old["model_fingerprint"] != record.model_fingerprint:
            pytest.fail(
                f"{explanation}\n{path} is of another model called {record.model} (fingerprint "
                f"{old['model_fingerprint']}, now {record.model_fingerprint}), so it was neither compared nor written "
                f"over; call one of them otherwise (its folder's name), or, where this one takes its place, remove the "
                f'file and store it: pytest checks/ --update-baseline "REASON"',
                pytrace=False,
            )
        today = baseline_of(record, results, self._command())
        if update:
            today = with_provenance(today, old, option.update_baseline)
        if self.snapshot.use_extension(extension(path, update=update)) == today:
            return record.verdict
        if old is None or update:
            pytest.fail(f"{path}: the baseline could not be written", pytrace=False)
        changes = "\n  ".join(differences(with_known_noise(old, path), today, item_ids(results)))
        pytest.fail(
            f"{explanation}\ndiffers from {path}:\n  {changes}\n"
            f'if that is meant, store it: {self._command()} --update-baseline "REASON"',
            pytrace=False,
        )

    def _baseline_path(self, record: "ClaimRecord") -> Path:
        """Where the baseline of this row is, or belongs.

        A model is called otherwise where another of the run has its name, so all that it may be called is tried.
        """
        from harness.labels import tails
        from harness.report.baseline import read_baseline

        subject: Subject = self.request.getfixturevalue("subject")
        folder = self.request.config.rootpath / "baselines" / record.tier
        names = dict.fromkeys([record.model, *tails(subject.loaded.reference.parts)])
        paths = [folder / f"{record_name(record, name)}.json" for name in names]
        for path in paths:
            known = read_baseline(path)
            if known is not None and known["model_fingerprint"] == record.model_fingerprint:
                return path
        return paths[0]

    def _unusual(self, subject: "Subject", params: dict[str, Any]) -> dict[str, Any]:
        """What the command line changes beside the check's own parameters; such a result has a baseline of its own."""
        dtype = asked(self.request.config).dtype
        trains = self.request.node.get_closest_marker("trains") is not None and not subject.dry
        recovery = subject.unusual_recoveries if trains else {}
        if "corpus" in params:
            recovery.pop("corpora", None)
        texts = subject.shown.named(subject.tier) if subject.shown and self._calibration(subject, params) else None
        given = {"dtype": dtype, "thinking": subject.thinks, "calibration": texts, "recovery": recovery}
        return {name: value for name, value in given.items() if value}

    def _calibration(self, subject: "Subject", params: dict[str, Any]) -> dict[str, Any]:
        """What the check's method was shown, where it looks at texts."""
        texts = subject.calibrated_on(params["method"]) if "method" in params else None
        return {"calibration": texts} if texts else {}

    def _conclude(self, record: "ClaimRecord", explanation: str, *, known_contradiction: bool) -> None:
        """Pass, fail or expectedly fail; an inconclusive claim passes here and is renamed by the plugin."""
        if record.verdict == "contradicted":
            if known_contradiction:
                pytest.xfail(explanation)
            pytest.fail(explanation, pytrace=False)
        if record.verdict == "inconclusive" and asked(self.request.config).inconclusive == "fail":
            pytest.fail(explanation, pytrace=False)

    def _command(self) -> str:
        """What was typed; an xdist worker's own arguments are not."""
        from harness.report.environment import command

        return command(getattr(self.request.config, "workerinput", {}).get("mainargv", sys.argv)[1:])
