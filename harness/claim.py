"""What a check does with its interval: a verdict, a record, its items as files, and a comparison with the baseline."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from harness.options import asked
from harness.report.names import PROPERTY, record_name, slug, slug_of

if TYPE_CHECKING:
    from harness.decide.bootstrap import Interval
    from harness.report.items import Results
    from harness.report.record import ClaimRecord, Cost, PaperFigure
    from harness.subject import Subject

STARTED: pytest.StashKey["Cost"] = pytest.StashKey()
"""What had been spent when the check began."""
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
        from harness.report.items import isolation_of
        from harness.report.record import ClaimRecord, Effect

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
            model=subject.loaded.reference.text if subject.tier == "tiny" else subject.loaded.reference.name,
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
            measurements=self._calibration(subject, params) | measurements | ({"flip_rates": noise} if noise else {}),
            isolation=isolation_of(results),
        )
        explanation = self._keep(record, results, shown)
        known = None if subject.dry else self._compare(record, results, explanation)
        self._conclude(record, explanation, known_contradiction=known == "contradicted")

    def _keep(self, record: "ClaimRecord", results: "Results", shown: Sequence[str]) -> str:
        """Write the item files and the page, hand the row to the run's summary; the explanation of the verdict."""
        from harness.report.items import write_items
        from harness.report.page import write_page
        from harness.report.summary import explain
        from harness.report.verdicts import record_to_json

        folder: Path = asked(self.request.config).report
        name, command = record_name(record), self._command()
        for variant, by_task in results.items():
            write_items(folder, name, slug(variant), list(by_task.values()))
        write_page(folder, record, results, command, shown)
        self.request.node.user_properties.append((PROPERTY, json.dumps(record_to_json(record))))
        return explain(record, results, folder / "items" / name, command, shown)

    def _compare(self, record: "ClaimRecord", results: "Results", explanation: str) -> str | None:
        """The verdict of the baseline, None where there is none; fails when today's result differs from it.

        With `--update-baseline` today's result becomes the baseline instead.
        """
        from harness.report.baseline import baseline_of, extension, item_ids, with_provenance
        from harness.report.compare import differences

        option, path = asked(self.request.config), self._baseline_path(record)
        old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
        update = option.update_baseline is not None
        if old is None and not update:
            return None
        today = baseline_of(record, results, self._command())
        if update:
            today = with_provenance(today, old, option.update_baseline)
        if self.snapshot.use_extension(extension(path, update=update)) == today:
            return record.verdict
        if old is None or update:
            pytest.fail(f"{path}: the baseline could not be written", pytrace=False)
        changes = "\n  ".join(differences(old, today, item_ids(results)))
        pytest.fail(
            f"{explanation}\ndiffers from {path}:\n  {changes}\n"
            f'if that is meant, store it: {self._command()} --update-baseline "REASON"',
            pytrace=False,
        )

    def _baseline_path(self, record: "ClaimRecord") -> Path:
        limit, protocol = record.params["limit"], record.params["protocol"]
        options = (f"--limit{limit}" if limit else "") + (f"--{protocol}" if protocol != "sound" else "")
        named = {name: record.params.get(name) for name in ("dtype", "calibration")}
        unusual = named | record.params.get("recovery", {})
        options += "".join(f"--{slug_of(name, value)}" for name, value in unusual.items() if value)
        return self.request.config.rootpath / "baselines" / record.tier / f"{record_name(record)}{options}.json"

    def _unusual(self, subject: "Subject", params: dict[str, Any]) -> dict[str, Any]:
        """What the command line changes beside the check's own parameters; such a result has a baseline of its own."""
        dtype = asked(self.request.config).dtype
        trains = self.request.node.get_closest_marker("trains") is not None and not subject.dry
        recovery = subject.unusual_recoveries if trains else {}
        if "corpus" in params:
            recovery.pop("corpora", None)
        texts = subject.shown.named(subject.tier) if subject.shown and self._calibration(subject, params) else None
        given = {"dtype": dtype, "calibration": texts, "recovery": recovery}
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
