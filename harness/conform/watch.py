"""What code does behind one's back: files read and written, network, other processes. By Python's audit events.

An audit hook cannot be taken away again, so one is installed at the first use and told when to listen. What C code does
by itself is not seen.
"""

import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = {
    "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.link", "os.symlink", "shutil.rmtree",
    "shutil.move", "shutil.copyfile", "shutil.copytree",
}  # fmt: skip
_NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind", "urllib.Request"}
_PROCESSES = {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.spawn"}
_DATA = {".jsonl", ".gz", ".json", ".parquet", ".arrow", ".csv", ".tsv", ".txt"}


@dataclass
class Seen:
    """What was seen while `watched` was open and not paused, each in order."""

    data: tuple[str, ...] = ()
    """Folders of items: whatever is read below them is seen."""
    test_files: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    network: list[str] = field(default_factory=list)
    processes: list[str] = field(default_factory=list)


_listening: list[Seen] = []
_installed: list[bool] = []


@contextmanager
def watched(data: Sequence[Path] = ()) -> Iterator[Seen]:
    """Collects what happens while open; reading below the folders `data` counts as reading test items."""
    if not _installed:
        sys.addaudithook(_heard)
        _installed.append(True)
    seen = Seen(tuple(f"{folder.resolve()}{os.sep}" for folder in data))
    _listening.append(seen)
    try:
        yield seen
    finally:
        _listening.remove(seen)


@contextmanager
def paused() -> Iterator[None]:
    """Leave out what happens inside: it is the harness's own doing."""
    before, _listening[:] = list(_listening), []
    try:
        yield
    finally:
        _listening[:] = before


def is_test_file(path: str) -> bool:
    """Whether a file's name says that it holds test items: `test.jsonl`, `gsm8k_test.jsonl.gz`, ... Pure."""
    name = PurePath(path)
    return bool(re.search(r"(?<![a-z])test(?![a-z])", name.name.lower())) and bool(_DATA & set(name.suffixes))


def _heard(event: str, arguments: tuple[Any, ...]) -> None:
    if not _listening:
        return
    seen = _listening[-1]
    if event == "open":
        path, _, flags = arguments
        if isinstance(path, (str, bytes, os.PathLike)):
            _opened(seen, os.fsdecode(path), flags if isinstance(flags, int) else 0)
    elif event in _CHANGES:
        _wrote(seen, f"{event}({arguments[0]})")
    elif event in _NETWORK:
        seen.network.append(f"{event}{arguments[:2]}")
    elif event in _PROCESSES:
        seen.processes.append(f"{event}({arguments[0] if arguments else ''})")


def _opened(seen: Seen, path: str, flags: int) -> None:
    if flags & _WRITING:
        _wrote(seen, path)
    elif is_test_file(path) or os.path.realpath(path).startswith(seen.data or ("\0",)):
        seen.test_files.append(path)


def _wrote(seen: Seen, what: str) -> None:
    """Python's own byte code of a late import is not the method's doing."""
    if "__pycache__" not in what and what != os.devnull:
        seen.writes.append(what)
