"""A work's processes: begun as a group of their own, watched by what they have kept, killed at once, looked for after.

A point is a number of events: lines that the journals of the store hold, and files beside them. So where a kill falls
depends on how far the work is and not on how fast the machine is; the part of a second that is waited after it lets
kills fall between two events too, and no result depends on it.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.selfcheck.killing.works import Work, surroundings

_TICK = 0.02  # seconds between two looks
PATIENCE = 3600.0
"""Seconds after which a work hangs."""
_GRACE = 20.0  # seconds for the processes of a killed group to be gone


@dataclass(frozen=True)
class Point:
    """Where a work is killed."""

    events: int
    """That it has to have reached."""
    pause: float
    """Seconds that are waited then."""


class Watch:
    """Counts what a work has kept; files are read on from where they were read to."""

    def __init__(self, home: Path) -> None:
        """Nothing is counted yet."""
        self.home = home
        self._lines: dict[Path, tuple[int, int]] = {}  # bytes read, lines in them

    def events(self) -> int:
        """Lines of journals, and other files."""
        lines = files = 0
        for folder, below, names in os.walk(self.home):
            below[:] = [name for name in below if Path(folder, name) != self.home / "tmp"]
            for name in names:
                path = Path(folder, name)
                if path.suffix == ".jsonl" and "store" in path.parts:
                    lines += self._lines_of(path)
                elif path.suffix not in (".lock", ".busy"):
                    files += 1
        return lines + files

    def _lines_of(self, path: Path) -> int:
        read, lines = self._lines.get(path, (0, 0))
        try:
            with path.open("rb") as file:
                file.seek(read)
                added = file.read()
        except OSError:  # it is gone
            return lines
        lines += added.count(b'{"check"')
        self._lines[path] = read + len(added), lines
        return lines


def start(work: Work, home: Path, root: Path) -> "subprocess.Popen[bytes]":
    """Begin a work in a process group of its own; what it says goes into `log` of its folder.

    Args:
        work: which.
        home: that it writes into.
        root: the checkout whose checks it runs.
    """
    for name in ("tmp", *work.folders):
        (home / name).mkdir(parents=True, exist_ok=True)
    with (home / "log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603  # our own commands
            work.command(home), cwd=root, env=surroundings(home), stdin=subprocess.DEVNULL, stdout=log,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def killed_at(process: "subprocess.Popen[bytes]", point: Point, watch: Watch) -> "Kill | None":
    """Kill a work's process group once it has come to a point; None where it ended before.

    Raises:
        TimeoutError: it hangs.
    """
    until = time.monotonic() + PATIENCE
    while watch.events() < point.events and process.poll() is None:
        if time.monotonic() > until:
            raise TimeoutError(f"process {process.pid} keeps nothing and does not end")
        time.sleep(_TICK)
    time.sleep(point.pause)
    if process.poll() is not None:
        return None
    family = descendants(process.pid)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return Kill(watch.events(), len(list(watch.home.rglob("*.busy"))), left_of(family))


@dataclass(frozen=True)
class Kill:
    """One kill, and what was seen right after it."""

    events: int
    begun: int
    """Batches that were begun and not yet kept: at most this is computed again."""
    alive: Mapping[int, str] = field(default_factory=dict)
    """Processes of the work that live on: id -> command."""


def descendants(pid: int) -> dict[int, str]:
    """The processes that a process has begun, itself too: id -> when it was begun, in the kernel's ticks."""
    found, ahead = dict[int, str](), [pid]
    while ahead:
        one = ahead.pop()
        if begun := _begun(one):
            found[one] = begun
            for children in Path(f"/proc/{one}/task").glob("*/children"):
                try:
                    ahead += map(int, children.read_text(encoding="ascii").split())
                except OSError:  # the thread has ended meanwhile
                    continue
    return found


def _begun(pid: int) -> str:
    """When a process was begun; "" where it is gone, or only waits to be counted by its parent."""
    try:
        parts = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if parts[0] in "ZX" else parts[19]


def left_of(family: Mapping[int, str]) -> dict[int, str]:
    """Those of a killed work's processes that do not go away by themselves."""
    until = time.monotonic() + _GRACE
    alive = _alive(family)
    while alive and time.monotonic() < until:
        time.sleep(_TICK)
        alive = _alive(family)
    return {pid: _command(pid) for pid in alive}


def _alive(family: Mapping[int, str]) -> Sequence[int]:
    return [pid for pid, begun in family.items() if _begun(pid) == begun]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").replace("\0", " ").strip()
    except OSError:
        return "?"
