"""What a program can do here that it should not: the first program that every runner is given, before any of a model.

Its text is sent like a model's program, and goes through the same fork and the same limits. So it fails where an honest
program would fail, and what it reports was tried, not concluded. It does no harm where it succeeds.
"""

import ctypes
import difflib  # from the disk: the runner has not imported it
import os
import resource
import socket
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

_SEEN = "/etc/passwd"  # on every machine, readable by everyone
_PRIVATE_MEMORY = 0  # IPC_PRIVATE
_LIMIT = 2**30  # bytes, twice the limit of a program


def openings(harness: int) -> list[str]:
    """Names of what a program can do that it should not, or cannot do that it should.

    Args:
        harness: id of the process that runs the sandbox.
    """
    assert difflib.get_close_matches("appel", ["apple"]) == ["apple"]
    parent = os.getppid()
    ways: dict[str, Callable[[], object]] = {
        "see which files exist": Path(_SEEN).stat,
        "read files": lambda: _one_works(
            lambda path: os.close(os.open(path, os.O_RDONLY)),
            _SEEN,
            f"/proc/{harness}/environ",
            f"/proc/{parent}/environ",
        ),
        "write files": lambda: os.close(os.open("probe", os.O_CREAT | os.O_WRONLY)),
        "change the modes and times of files": lambda: os.utime("."),
        "signal other processes": lambda: _one_works(lambda process: os.kill(process, 0), harness, parent, -1),
        "change the limits of other processes": lambda: resource.prlimit(parent, resource.RLIMIT_CORE),
        "start processes": _fork,
        "use the network": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("127.0.0.1", 9)),
        "use local sockets": lambda: socket.socket(socket.AF_UNIX).close(),
        "share memory with other processes": _share_memory,
        "take more memory than its limit": lambda: bytearray(_LIMIT),
    }
    return [name for name, way in ways.items() if _works(way)] + ([] if _works(_thread) else ["not start threads"])


def _works(way: Callable[[], object]) -> bool:
    try:
        way()
    except (OSError, MemoryError, RuntimeError, AttributeError):
        return False
    return True


def _one_works(act: Callable[[Any], object], *arguments: int | str) -> None:
    if not any(_works(partial(act, argument)) for argument in arguments):
        raise PermissionError


def _thread() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def _fork() -> None:
    if os.fork() == 0:
        os._exit(0)


def _share_memory() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    memory = libc.shmget(_PRIVATE_MEMORY, 1, 0o600)
    if memory < 0:
        raise OSError(ctypes.get_errno(), "shmget")
    libc.shmctl(memory, 0, None)
