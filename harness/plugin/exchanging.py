"""`--store URL`: checks read and write a mirror of it, which is in step before the first check and after the last."""

from typing import Any

import pytest

from harness.arguments import require_folder
from harness.errors import BadInput
from harness.exchange.keeping import Keeper
from harness.exchange.place import Remote, require_protocol
from harness.plugin.options import PREFIX, asked
from harness.plugin.ours import is_ours

_NAME = "layer_pruning_exchange"


def take_mirror(config: pytest.Config) -> None:
    """Put the mirror of a URL in its place, and have this session (not a worker of pytest-xdist) keep it in step.

    Raises:
        BadInput: no place of its kind can be reached from this machine.
    """
    remote = asked(config).store
    if not isinstance(remote, Remote):
        return
    require_protocol(remote)
    setattr(config.option, f"{PREFIX}store", remote.mirror)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Exchanging(config, remote), _NAME)


def exchanging(config: pytest.Config) -> "Exchanging | None":
    """What keeps the session's store in step; None where it is a folder like any other."""
    found: Exchanging | None = config.pluginmanager.get_plugin(_NAME)
    return found


class Exchanging:
    """The hooks of a session whose store lies elsewhere."""

    def __init__(self, config: pytest.Config, remote: Remote) -> None:
        """Nothing is begun before a check is there to be run."""
        self.config, self.remote = config, remote
        self.keeper: Keeper | None = None
        self.said = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Begin before pytest-xdist's workers do; their own process collects nothing."""
        if getattr(self.config.option, "numprocesses", None) and not self.config.option.collectonly:
            self._begin()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Begin once a check of ours is there to be run, and nothing speaks against it."""
        if any(map(is_ours, session.items)) and not self.config.option.collectonly:
            self._begin()

    def _begin(self) -> None:
        if self.keeper is not None:
            return
        try:
            require_folder("--store", self.remote.mirror)
            self.keeper = Keeper(self.remote, self.remote.mirror, tell=self._tell)
        except BadInput as error:
            raise pytest.UsageError(str(error)) from error
        self.config.add_cleanup(self.keeper.end)

    def _tell(self, line: str) -> None:
        reporter: Any = self.config.pluginmanager.get_plugin("terminalreporter")
        reporter.write_line(line)

    def now(self) -> None:
        """Exchange, and wait for it."""
        if self.keeper is not None:
            self.keeper.now()

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Exchange for the last time, whatever ended the session."""
        if self.keeper is not None:
            self.said = self.keeper.close()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:  # noqa: ANN401  # pytest's own type is private
        """Say what went where."""
        if self.said:
            terminalreporter.write_line(f"layer pruning checks: {self.said}")
