"""What becomes of a check: passed, failed, undecided or refused, and the table at the end."""

import json
import shutil
import sys
from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from harness.errors import BadInput
from harness.plugin.ending import end_as_refused
from harness.plugin.options import asked
from harness.plugin.ours import is_ours
from harness.report.names import PROPERTY, UNWRITTEN, WARNED

if TYPE_CHECKING:
    from harness.report.record import ClaimRecord

UNDECIDED = {"inconclusive": ("?", "yellow"), "not testable": ("n", "cyan")}
"""Verdict -> its letter and its colour."""


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, Any, Any]:
    """A check that the base alone ended has ended as it should: its row says why; one that fits no list is skipped."""
    if not is_ours(pyfuncitem):
        return (yield)
    from harness.methods.dropped import OtherSizeError
    from harness.subject.closing import NotTestable

    try:
        return (yield)
    except OtherSizeError as error:
        if "ratio" in getattr(getattr(pyfuncitem, "callspec", None), "params", {}):
            raise
        pytest.skip(str(error))  # the check has ratios of its own, and the list none of them
    except NotTestable:
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


def _told(record: "ClaimRecord", window: int | None) -> list[str]:
    """What the run says of a claim: its sentence, in a window so wide where it is one, scores, rivals."""
    from harness.report.beside import rival_lines
    from harness.report.scores import score_lines
    from harness.report.summary import claim_line
    from harness.report.table import fitted

    def fit(line: str) -> list[str]:
        return list(fitted(line, window)) if window else [line]

    rivals = [part for line in rival_lines(record) for part in fit(f"  {line}")]
    return [*fit(claim_line(record)), *score_lines(record, window), *rivals]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:  # noqa: ANN401  # pytest's own type is private
    """Print the table, write verdicts.json and the pictures; the table comes first, whatever cannot be written."""
    reports = [report for group in terminalreporter.stats.values() for report in group if hasattr(report, "when")]
    calls = [report for report in reports if report.when == "call"]
    rows = [row for report in calls for row in _records_of(report)]
    if not rows:
        return
    from harness.execute.sandbox import isolation_warnings
    from harness.report.environment import environment
    from harness.report.latest import write_latest
    from harness.report.match import proxy_lines
    from harness.report.summary import closing_line, draw, others_lines
    from harness.report.table import WIDTH, fitted, in_encoding, verdict_table
    from harness.report.verdicts import record_from_json, with_adjusted_p, write_verdicts
    from harness.report.web import write_site

    found = sorted((record_from_json(row) for row in rows), key=lambda r: (r.claim, r.model, str(r.params)))
    records = with_adjusted_p(found)
    terminalreporter.section("layer pruning claims")
    shown = getattr(sys.__stdout__, "encoding", None)
    window = shutil.get_terminal_size().columns if terminalreporter.isatty else None
    table = verdict_table(records, window or WIDTH, coloured=terminalreporter.hasmarkup)
    quiet = config.get_verbosity() < 0
    told = [] if quiet else [line for record in records for line in _told(record, window)]
    fit = partial(fitted, width=window) if window else lambda line: [line]
    lines = [*table.splitlines(), "", *told]
    further = [] if quiet else [*proxy_lines(records), *others_lines(records)]
    further += isolation_warnings(record.isolation for record in records)
    lines += ["", *(part for line in further for part in fit(line))] if further else []
    for line in lines:
        terminalreporter.write_line(in_encoding(line, shown))
    for text in dict.fromkeys(text for report in calls for text in _properties_of(report, WARNED)):
        terminalreporter.write_line(in_encoding(f"warning: {text}", shown), yellow=True)
    unwritten = [text for report in calls for text in _properties_of(report, UNWRITTEN)]
    folder = asked(config).report
    try:
        around = environment()
        path = write_verdicts(folder, records, around)
        pictures = draw(folder, records)
        write_site(folder)
        write_latest(folder, records, around, pictures)
        terminalreporter.write_line("\n" + closing_line(records, path, folder / "items", len(pictures)))
    except BadInput as error:
        unwritten.append(str(error))
    for text in dict.fromkeys(unwritten):
        terminalreporter.write_line(f"ERROR: {text}; the table above stands", red=True)
    session = config.pluginmanager.get_plugin("session")
    if unwritten and session is not None and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
