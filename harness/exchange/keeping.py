"""The run's side of a keeper: begins it, asks it for an exchange, and hears at the end what went where."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness import files
from harness.errors import BadInput
from harness.exchange.exchange import Moved
from harness.exchange.keeper import EVERY, moved_of
from harness.exchange.place import Remote, require_protocol

_ROOT = Path(__file__).parents[2]  # of this package, whatever the folder of the run is


class Keeper:
    """A process that keeps a folder in step with a place."""

    def __init__(
        self, remote: Remote, store: Path, every: float = EVERY, tell: Callable[[str], None] = files.say
    ) -> None:
        """Begin it, and wait for the first exchange.

        Args:
            remote: the place.
            store: a folder that is there.
            every: seconds between two exchanges, at the least.
            tell: gets what is damaged, and that something is waited for.

        Raises:
            BadInput: the place cannot be opened, read or written.
        """
        require_protocol(remote)
        self.remote, self.store, self.tell = remote, store, tell
        self.moved, self.failed = Moved(), ""
        command = [sys.executable, "-W", "ignore", "-m", "harness.exchange.keeper", remote.url, str(store), str(every)]
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH", ""))))
        self.process = subprocess.Popen(  # noqa: S603  # our own program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip
        try:
            self._heard(until_asked=True)
        except BaseException:
            self.end()
            raise
        if self.failed:
            self.end()
            raise BadInput(self.failed)

    def now(self) -> None:
        """Have an exchange made, and wait for it; that one failed is said at the end."""
        if self.process.poll() is None:
            self._said("now\n")
            self._heard(until_asked=True)

    def close(self) -> str:
        """Have the last exchange made, and the process ended; what went where, as a line."""
        if not self.process.stdin.closed:  # type: ignore[union-attr]  # it is a pipe
            try:
                self._said("")
                self._heard(until_asked=False)
            finally:
                self.end()
        if not self.failed:
            return f"store: {self.moved} ({self.remote})"
        return (
            f"store: what is new in {self.store} is not all at {self.remote}: {self.failed}; nothing is lost, and "
            f"`python -m harness store sync {self.remote} --store {self.store}` sends it"
        )

    def end(self) -> None:
        """End the process, whatever it does."""
        with suppress(OSError):
            self.process.stdin.close()  # type: ignore[union-attr]
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()  # type: ignore[union-attr]

    def _said(self, word: str) -> None:
        with suppress(OSError):  # it has ended, which `_heard` finds
            self.process.stdin.write(word)  # type: ignore[union-attr]
            self.process.stdin.flush() if word else self.process.stdin.close()  # type: ignore[union-attr]

    def _heard(self, *, until_asked: bool) -> None:
        """Take in what it says, until an exchange that was asked for has ended, or until its own end."""
        late = threading.Timer(files.PATIENCE, self.tell, [f"exchanging with {self.remote}; waiting until it is done"])
        late.daemon = True
        late.start()
        try:
            for line in self.process.stdout:  # type: ignore[union-attr]
                asked = self._took_in(json.loads(line))
                if until_asked and asked:
                    return
        finally:
            late.cancel()
        if until_asked or self.process.wait() != 0:
            self.failed = self.failed or f"the process that exchanges ended (exit code {self.process.wait()})"

    def _took_in(self, row: dict[str, Any]) -> bool:
        """Keep what was said; whether it ends an exchange that was asked for."""
        if "say" in row:
            self.tell(row["say"])
            return False
        self.failed = row.get("failed", "")
        if "moved" in row:
            self.moved += moved_of(row)
        return bool(row["asked"])
