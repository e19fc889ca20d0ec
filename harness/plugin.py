"""The pytest plugin: markers, parameters, outcomes, and the table at the end.

Loaded by entry point wherever the package is installed; it does nothing unless a test asks for its fixtures.
"""

import json
from collections.abc import Generator, Sequence
from typing import Any

import pytest

from harness.errors import BadInput
from harness.models.catalogue import MODELS
from harness.options import (
    DEFAULT_METHODS,
    DEFAULT_RATIOS,
    add_options,
    asks_for,
    check_options,
    require_reason,
    tier_of,
)
from harness.pytest_fixtures import claim, earlier, healed, related, subject
from harness.report.names import PROPERTY, slug

__all__ = ["claim", "earlier", "healed", "related", "subject"]  # pytest finds fixtures among a plugin's names
TIERS = {
    "tiny": "the bundled 12-layer model on the mini-world: minutes on a CPU, no network (the default)",
    "small": "a real checkpoint on a CPU: needs --model",
    "gpu": "the paper's 2B-8B models: needs a CUDA GPU",
}
GPU_MODELS = tuple(model.hub for model in MODELS)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Our options, in a group of their own."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Markers, and every refusal that needs no model."""
    for name, meaning in TIERS.items():
        config.addinivalue_line("markers", f"{name}: {meaning}")
    config.addinivalue_line(
        "markers", "trains(epochs): a check that trains, so many epochs of the tier's recovery; by default it runs one "
        "method only"
    )  # fmt: skip
    config.addinivalue_line("markers", "own_method: a check of a method, which runs only where --method names one")
    config.addinivalue_line("markers", "neighbour: a claim of another paper, which runs only with -m neighbour")
    config.addinivalue_line("markers", "ratios(*ratios): what a check runs where the command line names no --ratio")
    try:
        check_options(config)
    except BadInput as error:
        raise pytest.UsageError(str(error)) from error


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what waits to be asked for; for pytest-xdist, put the longest checks first.

    So that no worker is left alone with a long one at the end. A worker fetches one file ahead (`--dist loadscope
    --no-loadscope-reorder`), so as many short files as there are workers follow the first long ones: no long one waits
    behind another while a worker is free.
    """
    for marker, asked in (("own_method", _own_method), ("neighbour", lambda config: asks_for(config, "neighbour"))):
        waiting = [item for item in items if item.get_closest_marker(marker)]
        if waiting and not asked(config):
            _deselect(config, items, waiting)
    for item in items:
        real = "subject" in _fixtures_of(item) and not item.get_closest_marker("tiny")
        if real and not config.option.dry_run:
            item.add_marker(pytest.mark.filterwarnings("default"))  # a library's warning must not end hours of work
    workers = getattr(config, "workerinput", {}).get("workercount", 0)
    if not workers:
        return
    files = {item.path: max(_epochs(other) for other in items if other.path == item.path) for item in items}
    long = sorted((path for path, epochs in files.items() if epochs), key=lambda path: -files[path])
    short = [path for path, epochs in files.items() if not epochs]
    order = [*long[:workers], *short[:workers], *long[workers:], *short[workers:]]
    items.sort(key=lambda item: order.index(item.path))


def _own_method(config: pytest.Config) -> bool:
    """Whether to judge a method as a method: one that is not ours is named, or `-m own_method` asks for one that is."""
    methods = config.option.method or ()
    if asks_for(config, "own_method"):
        return bool(methods)
    from harness.prune.rank import registered

    return any(method not in registered() for method in methods)


def _deselect(config: pytest.Config, items: list[pytest.Item], out: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


def _epochs(item: pytest.Item) -> float:
    marker = item.get_closest_marker("trains")
    return float(marker.args[0]) if marker else 0.0


def pytest_collection_finish(session: pytest.Session) -> None:
    """A baseline without a reason is refused before any work; other snapshots are syrupy's business."""
    if hasattr(session.config, "workerinput"):
        return  # pytest-xdist takes a worker's refusal for a crash, so there the `claim` fixture refuses
    if any({"claim", "subject"} <= set(_fixtures_of(item)) for item in session.items):
        try:
            require_reason(session.config)
        except BadInput as error:
            raise pytest.UsageError(str(error)) from error


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Checks are parametrised by what the command line names."""
    option = metafunc.config.option
    if "subject" not in metafunc.fixturenames:
        return  # other projects' tests may have arguments of the same names
    asked = option.model or (GPU_MODELS if asks_for(metafunc.config, "gpu") else ["tiny"])
    parameters = [
        pytest.param(reference, marks=getattr(pytest.mark, tier_of(metafunc.config, reference)), id=slug(reference))
        for reference in asked
    ]
    if not option.model and asks_for(metafunc.config, "small"):
        needs = pytest.mark.skip(reason="the small tier needs a checkpoint: add --model DIR (or a hub id)")
        parameters = [pytest.param("", marks=(pytest.mark.small, needs), id="no-model")]
    metafunc.parametrize("subject", parameters, indirect=True, scope="session")
    trains = "corpus" in metafunc.fixturenames or metafunc.definition.get_closest_marker("trains") is not None
    if "method" in metafunc.fixturenames:
        metafunc.parametrize("method", option.method or DEFAULT_METHODS[: 1 if trains else None])
    if "corpus" in metafunc.fixturenames:
        metafunc.parametrize("corpus", option.corpus or _corpora(metafunc.config, asked))
    if "ratio" in metafunc.fixturenames:
        marked = metafunc.definition.get_closest_marker("ratios")
        metafunc.parametrize("ratio", option.ratio or (marked.args if marked else DEFAULT_RATIOS))


def _corpora(config: pytest.Config, references: Sequence[str]) -> tuple[str, ...]:
    from harness.recover.corpora import DEFAULTS

    tier: Any = tier_of(config, references[0])
    return ("alpaca",) if config.option.dry_run else DEFAULTS[tier].corpora


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
    from harness.report.verdicts import record_from_json, with_adjusted_p, write_verdicts

    found = sorted((record_from_json(row) for row in rows), key=lambda r: (r.claim, r.model, str(r.params)))
    records = with_adjusted_p(found)
    path = write_verdicts(config.option.report, records, environment())
    from harness.report.summary import claim_line, closing_line, draw

    terminalreporter.section("layer pruning claims")
    terminalreporter.write_line(verdict_table(records))
    terminalreporter.write_line("")
    for record in records:
        terminalreporter.write_line(claim_line(record))
    pictures = draw(config.option.report, records)
    terminalreporter.write_line("\n" + closing_line(records, path, config.option.report / "items", len(pictures)))
