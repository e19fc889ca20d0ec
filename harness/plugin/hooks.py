"""What pytest calls: markers, parameters, outcomes, and the table at the end."""

import json
import re
import sys
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.errors import BadInput
from harness.models.catalogue import MODELS
from harness.plugin.ending import Watch, end_as_refused, found, left_waiting
from harness.plugin.options import (
    DEFAULT_METHODS,
    DEFAULT_RATIOS,
    add_options,
    asked,
    asks_for,
    check_options,
    ensure_options,
    require_reason,
    require_runnable,
    tier_of,
    values_of_options,
)
from harness.plugin.ours import is_free, is_ours
from harness.report.names import PROPERTY, UNWRITTEN, WARNED
from harness.stopping import stop_like_ctrl_c
from harness.tiers import TIERS

UNDECIDED = {"inconclusive": ("?", "yellow"), "not testable": ("n", "cyan")}
"""Verdict -> its letter and its colour."""
GPU_MODELS = tuple(model.hub for model in MODELS)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, None, None]:
    """Our options, in a group of their own; last, so that every other plugin's and conftest's come first."""
    paths, values = early_config.known_args_namespace.file_or_dir, values_of_options(args)
    paths[:] = [path for path in paths if path not in values]
    yield
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Markers, and every refusal that needs no model."""
    for name, tier in TIERS.items():
        config.addinivalue_line("markers", f"{name}: {tier.meaning}")
    config.addinivalue_line(
        "markers", "trains(epochs): a check that trains, so many epochs of the tier's recovery; by default it runs one "
        "method only"
    )  # fmt: skip
    config.addinivalue_line("markers", "own_method: a check of a method, which runs only where --method names one")
    config.addinivalue_line("markers", "neighbour: a claim of another paper, which runs only with -m neighbour")
    config.addinivalue_line("markers", "ratios(*ratios): what a check runs where the command line names no --ratio")
    config.pluginmanager.register(Watch(config), "layer_pruning_watch")
    # of syrupy, after Ctrl-C under xdist
    config.addinivalue_line("filterwarnings", "ignore:syrupy. received .* worker snapshot reports:UserWarning")
    ensure_options(config)
    try:
        check_options(config)
    except BadInput as error:
        raise pytest.UsageError(str(error)) from error


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
    """Leave out what waits to be asked for; for pytest-xdist, put the longest checks first.

    So that no worker is left alone with a long one at the end. A worker fetches one file ahead (`--dist loadscope
    --no-loadscope-reorder`), so as many short files as there are workers follow the first long ones: no long one waits
    behind another while a worker is free.
    """
    found(config, [item for item in items if is_ours(item)])
    yield  # -k, -m and their like leave out theirs first, so that what waits here waits for nothing else
    ours = [item for item in items if is_ours(item)]
    for marker, wanted in (("own_method", _own_method), ("neighbour", lambda config: asks_for(config, "neighbour"))):
        waiting = [item for item in ours if item.get_closest_marker(marker)]
        if waiting and not wanted(config):
            left_waiting(config, marker)
            _deselect(config, items, waiting)
    for item in ours:
        for category in _forgiven(item, dry=asked(config).dry_run):
            item.add_marker(pytest.mark.filterwarnings(f"default{category}"))
    workers = getattr(config, "workerinput", {}).get("workercount", 0)
    if not workers:
        return
    files = {item.path: max(_epochs(other) for other in items if other.path == item.path) for item in items}
    if not any(files.values()):
        return
    long = sorted((path for path, epochs in files.items() if epochs), key=lambda path: -files[path])
    short = [path for path, epochs in files.items() if not epochs]
    order = [*long[:workers], *short[:workers], *long[workers:], *short[workers:]]
    items.sort(key=lambda item: order.index(item.path))


def _own_method(config: pytest.Config) -> bool:
    """Whether to judge a method as a method: one that is not ours is named, or `-m own_method` asks for one that is."""
    methods = asked(config).method or ()
    if asks_for(config, "own_method"):
        return bool(methods)
    from harness.methods.rank import registered

    return any(method not in registered() for method in methods)


def _deselect(config: pytest.Config, items: list[pytest.Item], out: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


def _epochs(item: pytest.Item) -> float:
    marker = item.get_closest_marker("trains") if is_ours(item) else None
    return float(marker.args[0]) if marker else 0.0


def _forgiven(item: pytest.Item, *, dry: bool) -> tuple[str, ...]:
    """Warnings that are never a user's failed check, whatever the project makes of them.

    On a real model none is: a library's warning must not end hours of work. On the tiny one and in a dry run a warning
    of arithmetic stays what the project says; what a library deprecates does not.
    """
    if not dry and not item.get_closest_marker("tiny"):
        return ("",)
    return ("::FutureWarning", "::DeprecationWarning", "::PendingDeprecationWarning", "::UserWarning")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse a baseline without a reason before any work; other snapshots are syrupy's business."""
    if hasattr(session.config, "workerinput"):
        return  # pytest-xdist takes a worker's refusal for a crash, so there the `claim` fixture refuses
    if not any(is_ours(item) for item in session.items) or session.config.option.collectonly:
        return
    session.config.add_cleanup(stop_like_ctrl_c())
    try:
        require_reason(session.config)
        require_runnable(session.config)
    except BadInput as error:
        raise pytest.UsageError(str(error)) from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise checks by what the command line names."""
    if not is_free(metafunc, "subject"):
        return
    option = asked(metafunc.config)
    asked_models = option.model or (GPU_MODELS if asks_for(metafunc.config, "gpu") else ["tiny"])
    parameters = [
        pytest.param(reference, marks=getattr(pytest.mark, tier_of(metafunc.config, reference)), id=_short(reference))
        for reference in asked_models
    ]
    if not option.model and asks_for(metafunc.config, "small"):
        needs = pytest.mark.skip(reason="the small tier needs a checkpoint: add --model DIR (or a hub id)")
        parameters = [pytest.param("", marks=(pytest.mark.small, needs), id="no-model")]
    metafunc.parametrize("subject", parameters, indirect=True, scope="session")
    trains = "corpus" in metafunc.fixturenames or metafunc.definition.get_closest_marker("trains") is not None
    if is_free(metafunc, "method"):
        metafunc.parametrize("method", option.method or DEFAULT_METHODS[: 1 if trains else None])
    if is_free(metafunc, "corpus"):
        metafunc.parametrize("corpus", option.corpus or _corpora(metafunc.config, asked_models))
    if is_free(metafunc, "ratio"):
        marked = metafunc.definition.get_closest_marker("ratios")
        metafunc.parametrize("ratio", option.ratio or (marked.args if marked else DEFAULT_RATIOS))


def _short(reference: str) -> str:
    """A model as a parameter of a test's name."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", Path(reference).name or reference).strip("-").lower()


def _corpora(config: pytest.Config, references: Sequence[str]) -> tuple[str, ...]:
    tier = tier_of(config, references[0])
    return ("alpaca",) if asked(config).dry_run else TIERS[tier].recovery.corpora


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """A check that the base alone ended has ended as it should: its row says why."""
    from harness.plugin.claims import NotTestable

    try:
        return (yield)
    except NotTestable:
        if not is_ours(pyfuncitem):
            raise
        return True


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A check that was given bad input says so in one sentence, without a traceback through the harness."""
    report = yield
    if not is_ours(item):
        return report
    from harness.conform.contract import BrokenRule

    report.is_claim = True  # type: ignore[attr-defined]  # a report keeps what it is given, from an xdist worker too
    if call.excinfo is not None and isinstance(call.excinfo.value, BadInput):
        broken = isinstance(call.excinfo.value, BrokenRule)
        report.bad_input = not broken  # type: ignore[attr-defined]
        if not item.config.option.fulltrace:
            report.longrepr = _only(f"{'' if broken else 'bad input: '}{call.excinfo.value}")
    return report


def _only(sentence: str) -> Any:  # noqa: ANN401  # pytest's own type is private
    """A failure of one sentence, which the short summary repeats."""
    try:
        pytest.fail(sentence, pytrace=False)
    except pytest.fail.Exception:
        return pytest.ExceptionInfo.from_current().getrepr(style="value")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """End a session as a refused command line where no check could use what it says."""
    end_as_refused(session)


@pytest.hookimpl(wrapper=True)
def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> Generator[None, Any, Any]:  # noqa: ARG001
    """An undecided claim is neither passed nor failed."""
    status = yield
    if report.when == "call" and report.passed:
        verdict = _verdict_of(report)
        if verdict in UNDECIDED:
            letter, colour = UNDECIDED[verdict]
            return verdict, letter, (verdict.upper(), {colour: True})
    return status


def _properties_of(report: Any, wanted: str) -> list[str]:  # noqa: ANN401  # a report of any plugin
    return [str(value) for name, value in getattr(report, "user_properties", []) if name == wanted]


def _records_of(report: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    return [json.loads(value) for value in _properties_of(report, PROPERTY)]


def _verdict_of(report: pytest.TestReport) -> str | None:
    found = _records_of(report)
    return str(found[-1]["verdict"]) if found else None


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401  # pytest's own type is private
    """Print the table, write verdicts.json and the pictures; the table comes first, whatever cannot be written."""
    reports = [report for group in terminalreporter.stats.values() for report in group if hasattr(report, "when")]
    calls = [report for report in reports if report.when == "call"]
    rows = [row for report in calls for row in _records_of(report)]
    if not rows:
        return
    from harness.execute.sandbox import isolation_warnings
    from harness.report.environment import environment
    from harness.report.match import proxy_lines
    from harness.report.summary import claim_line, closing_line, draw, others_lines
    from harness.report.table import in_encoding, verdict_table
    from harness.report.verdicts import record_from_json, with_adjusted_p, write_verdicts

    found = sorted((record_from_json(row) for row in rows), key=lambda r: (r.claim, r.model, str(r.params)))
    records = with_adjusted_p(found)
    terminalreporter.section("layer pruning claims")
    shown = getattr(sys.__stdout__, "encoding", None)
    lines = [*verdict_table(records).splitlines(), "", *map(claim_line, records)]
    further = [*proxy_lines(records), *others_lines(records)]
    further += isolation_warnings(record.isolation for record in records)
    lines += ["", *further] if further else []
    for line in lines:
        terminalreporter.write_line(in_encoding(line, shown))
    for text in dict.fromkeys(text for report in calls for text in _properties_of(report, WARNED)):
        terminalreporter.write_line(in_encoding(f"warning: {text}", shown), yellow=True)
    unwritten = [text for report in calls for text in _properties_of(report, UNWRITTEN)]
    folder = asked(config).report
    try:
        path = write_verdicts(folder, records, environment())
        pictures = draw(folder, records)
        terminalreporter.write_line("\n" + closing_line(records, path, folder / "items", len(pictures)))
    except BadInput as error:
        unwritten.append(str(error))
    for text in dict.fromkeys(unwritten):
        terminalreporter.write_line(f"ERROR: {text}; the table above stands", red=True)
    session = config.pluginmanager.get_plugin("session")
    if unwritten and session is not None and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
