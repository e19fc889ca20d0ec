"""Runs inside the sandbox, started as `python -I -S runner.py VALUES [isolated]`; imports the standard library only.

VALUES is the path of `values.py`, whose encoding the arguments and results travel in; `isolated` says that whoever
started it (bubblewrap) has given it a network and a process table of its own already.

Reads one JSON program a line, forks a child for each, and writes one JSON result a line. The child drops its rights,
has no network, no files to write, no processes to start and little time and memory, and reports through a pipe.
"""

import ctypes
import json
import os
import resource
import runpy
import select
import signal
import sys
import time
from typing import Any

# imported before rights are dropped: a program may use these even where it may not read the installation
for _name in (
    "array", "bisect", "calendar", "collections", "contextlib", "copy", "cmath", "dataclasses", "datetime", "decimal",
    "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "math", "operator", "queue", "random", "re",
    "socket", "statistics", "string", "struct", "textwrap", "typing", "unicodedata",
):  # fmt: skip
    __import__(_name)

_NEW_PROCESSES, _NEW_NETWORK, _NEW_USER = 0x20000000, 0x40000000, 0x10000000
_NOBODY = 65534
_PART = 1 << 20  # bytes read at once of what a program returns
_LONGEST_DETAIL = 200  # characters
_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_LIBC = ctypes.CDLL(None)


def isolate() -> bool:
    """A network and a process table of our own, where the kernel allows it.

    The process table is for root too: its programs all run as `nobody`, and could end each other's by one signal.
    """
    flags = _NEW_NETWORK | _NEW_PROCESSES | (0 if os.geteuid() == 0 else _NEW_USER)
    try:
        return int(_LIBC.unshare(flags)) == 0
    except AttributeError:
        return False


def can_become_nobody() -> bool:
    """Whether this is a root that may change user; one inside a container may have no `nobody` to change to."""
    if os.geteuid() != 0:
        return False
    child = os.fork()
    if child == 0:
        try:
            become_nobody()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def become_nobody() -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)


def restrict(limits: dict[str, float], *, drop_root: bool) -> None:
    """Limits of the child that runs a program; nothing can be raised again."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.setsid()
    if drop_root:  # root is exempt from the limit on processes
        become_nobody()
    try:
        _LIBC.prctl(_DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0)  # after the change of user, which clears it
    except AttributeError:
        pass  # not Linux
    memory, cpu = int(limits["memory_bytes"]), int(limits["cpu_seconds"])
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(what, (value, value))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 1))  # the soft limit's signal tells a timeout from a kill


def run(program: dict[str, Any], codec: dict[str, Any]) -> dict[str, Any]:
    """What the program's function returns for each input, as text in `codec`'s encoding; runs in the child.

    Every call has arguments of its own, so a function that changes them spoils no other call.
    """
    dumps = codec["dumps"]
    space: dict[str, Any] = {"__name__": "program"}
    try:
        inputs = codec["loads"](program["inputs"])
        exec(compile(program["source"], "program", "exec"), space)
        function = space[program["entry_point"]]
    except MemoryError:
        return {"outcome": "memory", "values": "[]"}
    except NameError as error:
        return {"outcome": "undefined name", "values": "[]", "detail": describe(error)}
    except BaseException as error:
        return {"outcome": "error", "values": "[]", "detail": describe(error)}
    values, outcome, detail = [], "ok", ""
    for arguments in inputs:
        value = "null"
        try:
            value = dumps(function(*arguments))
        except MemoryError:
            outcome = "memory"
        except NameError as error:
            outcome, detail = "undefined name", describe(error)
        except BaseException as error:
            outcome, detail = "error", describe(error)
        values.append(value)
    return {"outcome": outcome, "values": "[" + ", ".join(values) + "]", "detail": detail}


def describe(error: BaseException) -> str:
    """The error in one short line; its own text is the program's code and may fail."""
    try:
        return f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL]
    except BaseException:
        return type(error).__name__[:_LONGEST_DETAIL]


def receive(reading: int, largest: int, seconds: float) -> tuple[bytearray, bool]:
    """What a child writes until it ends or writes too much, and whether its time ran out."""
    deadline, received = time.monotonic() + seconds, bytearray()
    while len(received) <= largest:
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([reading], [], [], left)[0]:
            return received, True
        part = os.read(reading, _PART)
        if not part:
            break
        received += part
    return received, False


def supervise(program: dict[str, Any], codec: dict[str, Any], *, drop_root: bool) -> dict[str, Any]:
    """Fork a child for one program and read its result, for a limited time."""
    limits = program["limits"]
    largest = int(limits["result_bytes"])
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            restrict(limits, drop_root=drop_root)
            result = json.dumps(run(program, codec)).encode()
            if len(result) > largest:
                result = b'{"outcome": "error", "values": "[]", "detail": "the result is too large"}'
            while result:
                result = result[os.write(writing, result) :]
        finally:
            os._exit(0)
    os.close(writing)
    received, timed_out = receive(reading, largest, limits["wall_seconds"])
    os.close(reading)
    for target in (-child, child):
        try:
            os.kill(target, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    _, status, used = os.wait4(child, 0)
    seconds = used.ru_utime + used.ru_stime
    if timed_out or (os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU):
        return {"outcome": "timeout", "values": "[]", "seconds": seconds}
    return {**reported(received), "seconds": seconds}


def reported(received: bytearray) -> dict[str, Any]:
    """What the child wrote, if that has the shape of a result."""
    try:
        result = json.loads(received)
    except (ValueError, RecursionError):
        result = None
    return result if isinstance(result, dict) and "outcome" in result else {"outcome": "killed", "values": "[]"}


def main() -> None:
    """Serve programs from standard input until it ends."""
    os.environ.clear()  # the interpreter sets its locale there
    codec = runpy.run_path(sys.argv[1])
    drop_root = can_become_nobody()
    isolated = "isolated" in sys.argv[2:]
    if not isolated and isolate():
        isolated = True
        first = os.fork()  # the first process of a process table must outlive the others
        if first:
            os.waitpid(first, 0)
            return
    print(json.dumps({"isolated": isolated}), flush=True)
    for line in sys.stdin:
        print(json.dumps(supervise(json.loads(line), codec, drop_root=drop_root)), flush=True)


main()
