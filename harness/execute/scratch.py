"""The empty folder that programs run in, and the removal of those that killed runs have left behind.

Unlike `files.scratch` it lies among other users' folders and must stay empty: so the folder itself is locked, no file
in it, which another user could have put there as a link.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "layer-pruning-sandbox-"


@contextmanager
def folder() -> Iterator[Path]:
    """A new empty folder, held by a lock that ends with this process; folders that nobody holds are removed first."""
    _remove_abandoned()
    path, held = _locked()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(held)


def _locked() -> tuple[Path, int]:
    import fcntl  # here, so that this module is imported where there is no such thing

    while True:
        path = Path(tempfile.mkdtemp(prefix=PREFIX))
        with suppress(FileNotFoundError):  # another run took it for abandoned before it was locked
            path.chmod(0o777)  # so that what keeps a program from writing here is not the mode, which differs
            held = os.open(path, os.O_RDONLY)
            fcntl.flock(held, fcntl.LOCK_SH)
            if path.exists():
                return path, held
            os.close(held)


def _remove_abandoned() -> None:
    import fcntl

    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # another user's, another run's, or not empty
            opened = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_DIRECTORY)
            try:
                if os.fstat(opened).st_uid == os.geteuid():
                    fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    path.rmdir()
            finally:
                os.close(opened)
