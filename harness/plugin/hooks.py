"""What pytest calls before a check runs: options, markers, the selection, parameters."""

import re
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from harness import progress
from harness.errors import BadInput
from harness.models.ahead import pruned_already
from harness.models.catalogue import MODELS
from harness.models.quiet import said_once
from harness.models.reference import resolve
from harness.plugin.ending import Watch, found, left_waiting
from harness.plugin.exchanging import take_mirror
from harness.plugin.executing import Executing, trained
from harness.plugin.options import (
    DEFAULT_METHODS,
    DEFAULT_RATIOS,
    add_options,
    asked,
    asks_for,
    ensure_options,
    tier_of,
    values_of_options,
)
from harness.plugin.ours import is_free, is_ours
from harness.plugin.pace import place
from harness.plugin.planning import Planning
from harness.plugin.refusals import check_options, require_read, require_reason, require_runnable
from harness.plugin.spending import Spending
from harness.stopping import stop_like_ctrl_c
from harness.tasks.source import unread
from harness.tiers import TIERS

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
        take_mirror(config)
        check_options(config)
    except BadInput as error:
        raise pytest.UsageError(str(error)) from error
    if asked(config).plan:
        config.pluginmanager.register(Planning(config), "layer_pruning_plan")
    if asked(config).executor == "ray" and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Executing(config), "layer_pruning_executor")
    if asked(config).budget is not None:
        config.pluginmanager.register(Spending(config), "layer_pruning_budget")


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
    from harness.methods.dropped import is_dropped
    from harness.methods.rank import registered

    return any(method not in registered() and not is_dropped(method) for method in methods)


def _deselect(config: pytest.Config, items: list[pytest.Item], out: list[pytest.Item]) -> None:
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in out]


def _epochs(item: pytest.Item) -> float:
    return trained(item) if is_ours(item) else 0.0


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
    if not any(is_ours(item) for item in session.items) or session.config.option.collectonly:
        return
    quiet = ExitStack()
    quiet.enter_context(said_once())
    session.config.add_cleanup(quiet.close)
    if hasattr(session.config, "workerinput"):
        return  # pytest-xdist takes a worker's refusal for a crash, so there the `claim` fixture refuses
    session.config.add_cleanup(stop_like_ctrl_c())
    try:
        require_reason(session.config)
        require_runnable(session.config)
        require_read(session.config, [item for item in session.items if is_ours(item)])
    except BadInput as error:
        raise pytest.UsageError(str(error)) from error


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let bars say which check they are of, and how far the run is."""
    if is_ours(item):
        progress.at(place(item))


def pytest_report_collectionfinish(config: pytest.Config, items: Sequence[pytest.Item]) -> list[str]:
    """Say what options do not change, `--method`, `--ratio`, `--tasks` and `--data`, and what was pruned already."""
    ours = [item for item in items if is_ours(item)]
    lines = []
    for name in ("method", "ratio"):
        given = getattr(asked(config), name)
        taken = [item for item in ours if name in getattr(item, "fixturenames", ())]
        without = dict.fromkeys(item.path.stem.removeprefix("test_") for item in ours if item not in taken)
        if given and without:
            said = ", ".join(map(str, given))
            lines.append(f"--{name} {said} changes nothing in {', '.join(without)}: no {name} is asked there")
    if asked(config).tasks is not None and any(item.get_closest_marker("own_method") for item in ours):
        lines.append("--tasks changes nothing in contract and scoreboard: known methods were asked all tasks")
    lines += _deciding_nothing(config, ours)
    tiers = {tier_of(config, item.callspec.params.get("subject", "")) for item in ours if hasattr(item, "callspec")}
    references = {reference: None for reference in asked(config).model or () if ours}
    lines += [said for reference in references if (said := pruned_already(resolve(reference)))]
    lines += {said for tier in tiers if (said := unread(tier, asked(config).data))}
    return lines


def _deciding_nothing(config: pytest.Config, ours: Sequence[pytest.Item]) -> list[str]:
    """A line where `--tasks` names some by which no selected check decides; a check is known by its file."""
    if asked(config).tasks is None:
        return []
    from harness.subject.named import WHOLE, named, parse_tasks

    wanted, seen = set[str](), dict[str, None]()
    for item in ours:
        name = item.path.stem.removeprefix("test_")
        claim, of = name.replace("_", "-"), getattr(getattr(item, "callspec", None), "params", {}).get("subject", "")
        groups = named(claim, tier_of(config, of), asked(config).protocol, None).groups
        if groups and claim not in WHOLE:
            seen[name] = None
            wanted.update(*groups.values())
    none = [task for task in parse_tasks(asked(config).tasks) if task not in wanted]
    return [f"--tasks {','.join(none)}: decides nothing in {', '.join(seen)}"] if none and seen else []


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Parametrise checks by what the command line names."""
    if not is_free(metafunc, "subject"):
        return
    option = asked(metafunc.config)
    asked_models = _each_once(option.model) or (GPU_MODELS if asks_for(metafunc.config, "gpu") else ["tiny"])
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
        metafunc.parametrize("method", _each_once(option.method) or DEFAULT_METHODS[: 1 if trains else None])
    if is_free(metafunc, "corpus"):
        metafunc.parametrize("corpus", _each_once(option.corpus) or _corpora(metafunc.config, asked_models))
    if is_free(metafunc, "ratio"):
        marked = metafunc.definition.get_closest_marker("ratios")
        metafunc.parametrize("ratio", _each_once(option.ratio) or (marked.args if marked else DEFAULT_RATIOS))


def _each_once(given: Sequence[Any] | None) -> list[Any]:
    """What an option was given, without what it was given again: it would count twice among the claims of a family."""
    return list(dict.fromkeys(given or ()))


def _short(reference: str) -> str:
    """A model as a parameter of a test's name."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", Path(reference).name or reference).strip("-").lower()


def _corpora(config: pytest.Config, references: Sequence[str]) -> tuple[str, ...]:
    tier = tier_of(config, references[0])
    return ("alpaca",) if asked(config).dry_run else TIERS[tier].recovery.corpora
