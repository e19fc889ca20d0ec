"""Files that several processes share and that any of them may leave half-written: locks, whole writes, scratch folders.

Locks are `flock`s, which end with their process: a dead owner holds nothing, whatever files it left.
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    from filelock import BaseFileLock

PATIENCE = 5.0  # seconds that a lock is waited for before a line says so
LOOK = " (the whole store: python -m harness store verify)"
"""What stands behind a line that says that something kept is damaged."""
OWNER = ".in-use-by-layer-pruning-checks"
"""Locked in a scratch folder while its process lives."""


def say(line: str) -> None:
    """Write a line to standard error at once."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


@contextmanager
def alone(path: Path, what: str, *, patience: float = PATIENCE, tell: Callable[[str], None] = say) -> Iterator[None]:
    """While open, no other process holds `path`; waits for one that does, and says so after `patience` seconds.

    Args:
        path: of the lock file; its folder exists.
        what: is done under the lock ("writing answers"), for the line that says what is waited for.
        patience: seconds.
        tell: gets the line.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(timeout=patience)
    except Timeout:
        tell(f"another process is {what}; waiting until it is done ({path} is locked)")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def taken(path: Path) -> "BaseFileLock | None":
    """The lock of `path`, acquired; None where another process holds it."""
    from filelock import FileLock, Timeout

    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock


def sweep_locks(folder: Path, pattern: str) -> None:
    """Remove lock files that killed processes left behind."""
    for path in folder.glob(pattern):
        with suppress(OSError):
            lock = taken(path)
            if lock is not None:
                path.unlink(missing_ok=True)
                lock.release()


def write_whole(path: Path, content: str | bytes) -> Path:
    """Write a file whole or not at all, under a temporary name of its own; its folder is made.

    Raises:
        OSError: it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        _as_usual(Path(part))
        os.replace(part, path)  # noqa: PTH105  # atomic on one file system
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    return path


def _as_usual(path: Path) -> None:
    """The permissions of any new file; a temporary one is private."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)


def require_writable(option: str, folder: Path) -> None:
    """Make a folder and a file in it, to refuse before any work what cannot be written.

    Raises:
        BadInput: it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BadInput(f"{option} {folder}: cannot be written ({error.strerror}); name another folder") from error


@contextmanager
def scratch(parent: Path, prefix: str) -> Iterator[Path]:
    """A new folder in `parent`, gone when this closes; those that killed processes left there under `prefix` go first.

    Raises:
        OSError: it cannot be made.
    """
    from filelock import FileLock

    _sweep(parent, prefix)
    folder = Path(tempfile.mkdtemp(dir=parent, prefix=prefix))
    try:
        with FileLock(folder / OWNER):
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(parent: Path, prefix: str) -> None:
    """Remove scratch folders whose owner is dead; a folder without an owner's file is not ours."""
    for folder in parent.glob(f"{_escaped(prefix)}*"):
        owner = folder / OWNER
        with suppress(OSError):  # another user's, or another process is sweeping it too
            if not owner.is_file() or (lock := taken(owner)) is None:
                continue
            shutil.rmtree(folder, ignore_errors=True)
            lock.release()


def _escaped(prefix: str) -> str:
    from glob import escape

    return escape(prefix)
