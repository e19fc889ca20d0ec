"""The pytest plugin: options, markers, fixtures, and the table at the end. The only module that knows pytest.

Loaded by entry point wherever the package is installed; it does nothing unless a test asks for its fixtures.
"""

import json
import re
import sys
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import pytest

from harness.errors import BadInput

if TYPE_CHECKING:
    from harness.decide.bootstrap import Interval
    from harness.report.record import ClaimRecord, PaperFigure
    from harness.subject import Subject
    from harness.tasks.outcome import TaskResult

TIERS = {
    "tiny": "the bundled 12-layer model on the mini-world: minutes on a CPU, no network (the default)",
    "small": "a real checkpoint on a CPU: needs --model",
    "gpu": "the paper's 2B-8B models: needs a CUDA GPU",
}
GPU_MODELS = (
    "Qwen/Qwen2.5-7B-Instruct",
    "meta-llama/Llama-3.1-8B-Instruct",
    "mistralai/Mistral-7B-Instruct-v0.3",
    "google/gemma-2-2b-it",
)
DEFAULT_METHODS = ("block_influence", "reverse")
DEFAULT_RATIOS = (0.25,)
PROPERTY = "layer_pruning_claim"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Our options, in a group of their own."""
    group = parser.getgroup(
        "layer pruning checks", "layer pruning checks (was a language model broken by removing layers?)"
    )
    add = group.addoption
    add("--model", action="append", metavar="REF", help="model to check: `tiny` (default), hub id with optional "
        "@revision, folder, or .gguf file; repeatable")  # fmt: skip
    add("--data", type=Path, metavar="DIR", help="folder with the real benchmarks as plain files; default: the hub")
    add("--limit", type=int, metavar="N", help="use a seeded random subset of N items per task; default: all")
    add("--method", action="append", metavar="NAME", help="pruning method: a registered name or "
        f"package.module:function; repeatable (default: {', '.join(DEFAULT_METHODS)})")  # fmt: skip
    add("--ratio", action="append", type=float, metavar="R", help="share of layers to remove, between 0 and 1; "
        "repeatable (default: 0.25)")  # fmt: skip
    add("--report", type=Path, default=Path("report"), metavar="DIR", help="where verdicts.json, item files and "
        "pictures go (default: report/)")  # fmt: skip
    add("--store", type=Path, default=Path(".store"), metavar="DIR", help="where answers are kept between runs "
        "(default: .store/)")  # fmt: skip
    add("--protocol", choices=("sound", "paper"), default="sound", help="`paper` repeats the authors' choices where "
        "ours differ (default: sound)")  # fmt: skip
    add("--inconclusive", choices=("report", "fail"), default="report", help="whether an inconclusive claim fails "
        "the run (default: report)")  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Markers, and every refusal that needs no model."""
    for name, meaning in TIERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    try:
        _check_options(config)
    except BadInput as error:
        raise pytest.UsageError(str(error)) from error


def _check_options(config: pytest.Config) -> None:
    from harness.models.reference import resolve
    from harness.prune.rank import resolve_method
    from harness.prune.ratio import require_ratio

    for ratio in config.option.ratio or ():
        require_ratio(ratio)
    if config.option.limit is not None and config.option.limit < 1:
        raise BadInput(f"--limit {config.option.limit}: expected a number of items of at least 1")
    if config.option.data is not None and not config.option.data.is_dir():
        raise BadInput(f"--data {config.option.data}: there is no such folder; expected one laid out as README.md says")
    for reference in config.option.model or ():
        resolve(reference)
    for method in config.option.method or ():
        resolve_method(method)


def _tier(config: pytest.Config, reference: str) -> str:
    if reference == "tiny":
        return "tiny"
    return "gpu" if "gpu" in (config.option.markexpr or "") else "small"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Checks are parametrised by what the command line names."""
    option = metafunc.config.option
    if "subject" not in metafunc.fixturenames:
        return  # other projects' tests may have arguments of the same names
    asked = option.model or (GPU_MODELS if "gpu" in (option.markexpr or "") else ["tiny"])
    parameters = [
        pytest.param(reference, marks=getattr(pytest.mark, _tier(metafunc.config, reference)), id=_slug(reference))
        for reference in asked
    ]
    if not option.model and "small" in (option.markexpr or ""):
        needs = pytest.mark.skip(reason="the small tier needs a checkpoint: add --model DIR (or a hub id)")
        parameters = [pytest.param("", marks=(pytest.mark.small, needs), id="no-model")]
    metafunc.parametrize("subject", parameters, indirect=True, scope="session")
    if "method" in metafunc.fixturenames:
        metafunc.parametrize("method", option.method or DEFAULT_METHODS)
    if "ratio" in metafunc.fixturenames:
        metafunc.parametrize("ratio", option.ratio or DEFAULT_RATIOS)


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", Path(text).name or text).strip("-").lower()


def _progress() -> TextIO | None:
    """The terminal, past pytest's capture; nothing where there is none."""
    try:
        return Path("/dev/tty").open("w", encoding="utf-8")  # lives as long as the session
    except OSError:
        return None


@pytest.fixture(scope="session")
def subject(request: pytest.FixtureRequest) -> "Subject":
    """The model under test with its data, limit and store; parametrised by `--model`."""
    from harness.models.load import load_model, require_chat_template
    from harness.subject import Subject

    tier: Any = _tier(request.config, request.param)
    if tier == "gpu":
        import torch

        if not torch.cuda.is_available():
            pytest.skip(f"the gpu tier needs a CUDA GPU with room for {request.param}, and this machine has none")
    option = request.config.option
    _seed_everything()
    try:
        loaded = load_model(request.param)
        require_chat_template(loaded)
    except BadInput as error:
        pytest.fail(str(error), pytrace=False)
    data = option.data if tier != "tiny" else None
    return Subject(loaded, tier, data, option.limit, option.store, protocol=option.protocol, progress=_progress())


def _seed_everything() -> None:
    import random

    import numpy as np
    import torch

    random.seed(0)
    np.random.seed(0)  # noqa: NPY002  # libraries below still draw from the global state
    torch.manual_seed(0)


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
        results: dict[str, dict[str, "TaskResult"]],
        measurements: dict[str, Any],
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
            results: variant -> task -> result; kept item by item.
            measurements: other figures worth keeping.
        """
        from harness.decide.verdict import decide, items_to_decide, reason
        from harness.report.baseline import differences, extension
        from harness.report.items import write_items
        from harness.report.record import ClaimRecord, Effect
        from harness.report.summary import baseline_of, explain

        subject: Subject = self.request.getfixturevalue("subject")
        verdict = decide(interval.low, interval.high, minimum)
        enough = items_to_decide(interval.estimate, interval.low, interval.high, minimum, interval.n)
        record = ClaimRecord(
            claim=claim,
            title=title,
            tier=subject.tier,
            model=subject.loaded.reference.text if subject.tier == "tiny" else subject.loaded.label,
            model_fingerprint=subject.loaded.fingerprint,
            params=params | {"limit": subject.limit, "protocol": subject.protocol},
            verdict=verdict,
            reason=reason(verdict, interval.estimate, interval.low, interval.high, minimum, enough),
            effect=Effect(effect, interval.estimate, interval.low, interval.high, interval.confidence, unit),
            p_value=interval.p_value,
            n_items=interval.n,
            seeds=(subject.seed,),
            paper=paper,
            cost=subject.ledger.since(self.request.node.stash[STARTED]),
            measurements=measurements,
        )
        name = _slug(f"{claim}--{record.model}--" + "--".join(str(value) for value in params.values()))
        folder = self.request.config.option.report
        for variant, by_task in results.items():
            write_items(folder, name, _slug(variant), list(by_task.values()))
        self.request.node.user_properties.append((PROPERTY, _to_json(record)))

        limit = f"--limit{subject.limit}" if subject.limit else ""
        protocol = f"--{subject.protocol}" if subject.protocol != "sound" else ""
        path = self.request.config.rootpath / "baselines" / subject.tier / f"{name}{limit}{protocol}.json"
        today = baseline_of(record, results, _command())
        explanation = explain(record, results, folder / "items" / name, _command())
        if path.exists() or self.request.config.option.update_snapshots:
            same = self.snapshot.use_extension(extension(path)) == today
            if not same and not path.exists():
                pytest.fail(f"{path}: the baseline could not be written", pytrace=False)
            if not same:
                changes = "\n  ".join(differences(json.loads(path.read_text()), today))
                pytest.fail(f"{explanation}\ndiffers from {path}:\n  {changes}", pytrace=False)
        if verdict == "contradicted":
            pytest.fail(explanation, pytrace=False)
        if verdict == "inconclusive" and self.request.config.option.inconclusive == "fail":
            pytest.fail(explanation, pytrace=False)


STARTED: pytest.StashKey[Any] = pytest.StashKey()


@pytest.fixture
def claim(request: pytest.FixtureRequest, subject: "Subject", snapshot: Any) -> ClaimReporter:  # noqa: ANN401  # syrupy's fixture
    """`claim.decide(...)` turns an interval into a verdict, a record and a comparison with the baseline."""
    request.node.stash[STARTED] = subject.ledger.reading()
    return ClaimReporter(request, snapshot)


def _command() -> str:
    return "pytest " + " ".join(argument for argument in sys.argv[1:])


def _to_json(record: "ClaimRecord") -> str:
    from harness.report.verdicts import record_to_json

    return json.dumps(record_to_json(record))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A check that was given bad input says so in one sentence, without a traceback through the harness."""
    report = yield
    if call.excinfo is not None and isinstance(call.excinfo.value, BadInput) and "subject" in _fixtures_of(item):
        report.longrepr = f"bad input: {call.excinfo.value}"
    return report


def _fixtures_of(item: pytest.Item) -> list[str]:
    return list(getattr(item, "fixturenames", []))


@pytest.hookimpl(wrapper=True)
def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> Generator[None, Any, Any]:  # noqa: ARG001
    """An inconclusive claim is neither passed nor failed."""
    status = yield
    if report.when == "call" and report.passed and _verdict_of(report) == "inconclusive":
        return "inconclusive", "?", "INCONCLUSIVE"
    return status


def _records_of(report: Any) -> list[dict[str, Any]]:  # noqa: ANN401  # a report of any plugin
    return [json.loads(value) for name, value in getattr(report, "user_properties", []) if name == PROPERTY]


def _verdict_of(report: pytest.TestReport) -> str | None:
    found = _records_of(report)
    return str(found[-1]["verdict"]) if found else None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401  # pytest's own type is private
    """Write verdicts.json and the pictures, print the table."""
    reports = [report for group in terminalreporter.stats.values() for report in group if hasattr(report, "when")]
    rows = [row for report in reports if report.when == "call" for row in _records_of(report)]
    if not rows:
        return
    from harness.report.environment import environment
    from harness.report.table import verdict_table
    from harness.report.verdicts import record_from_json, write_verdicts

    records = sorted((record_from_json(row) for row in rows), key=lambda r: (r.claim, r.model, str(r.params)))
    path = write_verdicts(config.option.report, records, environment())
    from harness.report.summary import draw

    pictures = draw(config.option.report, records)
    terminalreporter.section("layer pruning claims")
    terminalreporter.write_line(verdict_table(records))
    terminalreporter.write_line("")
    for record in records:
        terminalreporter.write_line(
            f"{record.claim} [{', '.join(f'{v}' for v in record.params.values() if v)}]: {record.reason}"
        )
    seconds = sum(record.cost.seconds for record in records)
    terminalreporter.write_line(
        f"\n{path} ({len(records)} claims, {seconds:.0f} s of checks), items in {config.option.report / 'items'}, "
        f"{len(pictures)} pictures in {config.option.report}"
    )
