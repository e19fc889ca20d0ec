"""A selected check as a cell: what any machine that sees the store can run, for the answers that it leaves there.

Whoever runs a cell decides nothing. It runs the check as pytest would here, with the same options, on the same store
and with a report that is thrown away; the run that sent it decides the claim afterwards, from the store, as it would
without. So a cell that is lost, runs twice, or beside another that asks the same costs time, and changes no verdict.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_HERE_ONLY = ("executor", "ray_address", "store", "report", "plan", "budget", "device_profile", "update_baseline")
"""Options of the run that sends cells, and of nobody who runs one."""
_ENDED = (0, 1, 5)
"""Exit codes of pytest: all decided, some failed, nothing decided; each is said where the cell was sent from."""
_SAID = 400  # characters of what a cell said at last
_BOUND = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); "
    "os.getppid() == int(sys.argv[1]) or sys.exit(9); os.execv(sys.executable, [sys.executable, *sys.argv[2:]])"
)
"""Becomes another Python that is killed with whoever began it: a worker that is lost leaves nothing that runs on."""


class LostCellError(RuntimeError):
    """A cell was killed by a signal, as for want of memory: it may be run again, and goes on from the store."""


@dataclass(frozen=True)
class Cell:
    """One check with its parameters."""

    node: str
    """What pytest calls it, behind an absolute path."""
    options: tuple[str, ...]
    folder: str
    """Where pytest is run."""
    store: str
    """Absolute, and seen by all machines; or a URL, of which each machine has a mirror of its own."""
    mark: tuple[int, int] | None
    """What tells this folder from another one under the same name; None of a URL."""


@dataclass(frozen=True)
class Ran:
    """How a cell ended."""

    node: str
    host: str
    seconds: float
    said: str
    """Why it ended otherwise than a check ends; "" where it did not."""


def options_of(given: argparse.Namespace, usual: Mapping[str, object], marker: str) -> tuple[str, ...]:
    """The options of a run as a cell is given them: ours that are not as usual, and `-m`, which says the tier. Pure.

    Args:
        given: our options' values, by name.
        usual: the same by default.
        marker: of `-m`; "" where there is none.
    """
    found = ["-m", marker] if marker else []
    for name, value in vars(given).items():
        if name in _HERE_ONLY or value == usual.get(name):
            continue
        option = f"--{name.replace('_', '-')}"
        values = value if isinstance(value, list) else [value]
        found += [option] if value is True else [f"{option}={one}" for one in values]
    return tuple(found)


def mark_of(store: Path) -> tuple[int, int]:
    """What tells a store from another of the same name on another machine: the file that every store has."""
    there = (store / ".gitignore").stat()
    return there.st_ino, int(there.st_mtime)


def run(cell: Cell) -> Ran:
    """Run a cell in a process of its own, which ends with this one.

    Raises:
        LostCellError: it was killed.
    """
    started, host = time.monotonic(), socket.gethostname()
    try:
        seen = cell.mark is None or mark_of(Path(cell.store)) == cell.mark
    except OSError:
        seen = False
    if not seen:
        said = f"{cell.store} is another folder on {host} than where the run was begun; use a --store that all see"
        return Ran(cell.node, host, 0.0, said)
    with tempfile.TemporaryDirectory(prefix="cell-", ignore_cleanup_errors=True) as scratch:
        done = subprocess.run(  # noqa: S603  # our own command
            command(cell, Path(scratch)), cwd=cell.folder, env=os.environ | {"NO_COLOR": "1"}, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
        )  # fmt: skip
    if done.returncode < 0:
        raise LostCellError(f"{cell.node} was ended by {signal.Signals(-done.returncode).name} on {host}")
    said = "" if done.returncode in _ENDED else " ".join(done.stdout.split())[-_SAID:] or f"exit code {done.returncode}"
    return Ran(cell.node, host, time.monotonic() - started, said)


def command(cell: Cell, scratch: Path) -> list[str]:
    """The command line of a cell, whose report goes into a folder that nobody reads."""
    kept = [f"--store={cell.store}", f"--report={scratch / 'report'}", "-q", "-p", "no:cacheprovider"]
    return [sys.executable, "-c", _BOUND, str(os.getpid()), "-m", "pytest", cell.node, *cell.options, *kept]


Told = Callable[[str], object]
Spread = Callable[[Sequence[Cell], Told], None]
"""Runs cells, wherever, and tells how each ended."""
