"""`--executor ray`: what the selected checks ask is answered on a cluster first; then they are decided here."""

from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.errors import BadInput
from harness.plugin.cells import Cell, Spread, mark_of, options_of
from harness.plugin.exchanging import exchanging
from harness.plugin.options import asked, usual
from harness.plugin.ours import is_ours
from harness.sizes import on_disk
from harness.versions import require_extra

OTHER = 2 * 2**30
"""Bytes that a process takes beside the weights."""
RESIDENT = 2
"""How often the weights of a checkpoint's files are in memory: the model, and what is changed of it."""


class Executing:
    """The hooks of a session whose cells are run elsewhere."""

    def __init__(self, config: pytest.Config, spread: Spread | None = None) -> None:
        """`spread` runs cells; None: Ray does."""
        self.config, self.spread = config, spread

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Have the store filled before the first check is run here."""
        ours = [item for item in session.items if is_ours(item)]
        if ours and not self.config.option.collectonly:
            reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
            try:
                (self.spread or self._by_ray(ours))(self.cells(ours), reporter.write_line)
            except BadInput as error:
                raise pytest.UsageError(str(error)) from error
            if elsewhere := exchanging(self.config):
                elsewhere.now()  # what the cells' machines have sent
        return (yield)

    def _by_ray(self, ours: Sequence[pytest.Item]) -> Spread:
        from harness.plugin.by_ray import spread

        given = asked(self.config)
        models = {str(item.callspec.params["subject"]) for item in ours if hasattr(item, "callspec")}
        memory = OTHER + RESIDENT * max(map(on_disk, models), default=0)
        return lambda cells, tell: spread(cells, given.ray_address, memory, tell)

    def cells(self, ours: Sequence[pytest.Item]) -> list[Cell]:
        """The checks as cells, those that train first: they take longest."""
        given, config = asked(self.config), self.config
        elsewhere, folder_of_store = exchanging(config), Path(config.invocation_params.dir, given.store).resolve()
        store, mark = (elsewhere.remote.url, None) if elsewhere else (str(folder_of_store), mark_of(folder_of_store))
        options = (*_of_pytest(config), *options_of(given, usual(), config.option.markexpr or ""))
        folder = str(config.invocation_params.dir)
        order = sorted(ours, key=lambda item: -trained(item))
        return [
            Cell(f"{config.rootpath}/{item.nodeid}", options, folder, store, mark)
            for item in order
            if item.get_closest_marker("skip") is None
        ]


def require_alone(config: pytest.Config) -> None:
    """Refuse options that cells on other machines cannot have.

    Raises:
        BadInput: one is given, or Ray is not installed.
    """
    given = asked(config)
    if given.executor == "local":
        if given.ray_address is not None:
            raise BadInput(f"--ray-address {given.ray_address}: no Ray is used; add --executor ray, or leave it out")
        return
    for option, is_on, why in (
        ("--plan", given.plan, "a plan runs nothing"),
        ("--budget", given.budget is not None, "the time of other machines is not counted"),
        ("--dry-run", given.dry_run, "its model and items are invented in a folder of this process"),
        ("--cards", given.cards != 1, "a cell gets one GPU"),
        ("-n", getattr(config.option, "numprocesses", None), "Ray has workers of its own; write -n 0"),
    ):
        if is_on:
            raise BadInput(f"--executor ray with {option}: {why}, or leave --executor out")
    require_extra("ray", "checks on many machines (--executor ray)")


def _of_pytest(config: pytest.Config) -> tuple[str, ...]:
    """Of pytest's own options those that say what a check is: its project and its plugins."""
    settings = ("-c", str(config.inipath)) if config.inipath else ()
    plugins = [word for name in config.option.plugins for word in ("-p", name)]
    return (*settings, f"--rootdir={config.rootpath}", *plugins)


def trained(item: pytest.Item) -> float:
    """Epochs that a check trains."""
    marker = item.get_closest_marker("trains")
    return float(marker.args[0]) if marker else 0.0
