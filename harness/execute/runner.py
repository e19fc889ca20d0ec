"""Runs inside the sandbox, as `python -B -P -s -S runner.py ROOT [isolated]` in the `ENVIRONMENT` of `sandbox.py`.

ROOT is the folder that `harness` lies in; `isolated` says that whoever started it (bubblewrap) has given it a network
and a process table of its own already.

Reads one JSON program a line, forks a child for each, and writes one JSON result a line. The child gives up its rights,
has no network, no files but Python's own to read, no processes to start and little time and memory, and reports through
a pipe that no other program's child has.
"""

import json
import mimetypes
import os
import random
import resource
import select
import signal
import sys
import time
from typing import Any

sys.path.insert(0, sys.argv[1])
from harness.execute import landlock, seccomp, values
from harness.execute.privileges import become_nobody, can_become_nobody, control, isolate, keep_capability

del sys.path[0]  # a program has no business in it

# imported once instead of by every program that uses them
for _name in (
    "array", "bisect", "calendar", "collections", "contextlib", "copy", "cmath", "dataclasses", "datetime", "decimal",
    "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "math", "operator", "queue", "random", "re",
    "socket", "statistics", "string", "struct", "textwrap", "typing", "unicodedata",
):  # fmt: skip
    __import__(_name)

_READ_EVERYTHING = (2, 1)  # CAP_DAC_READ_SEARCH, or CAP_DAC_OVERRIDE where a container has only that
_DIE_WITH_PARENT, _DUMPABLE, _KEEP_CAPABILITIES, _NO_NEW_PRIVILEGES = 1, 4, 8, 38
_PART = 1 << 20  # bytes read at once of what a program returns
_LONGEST_DETAIL = 200  # characters
_DESCRIPTORS = 32  # open at a time
_TASKS = 2**13  # processes and threads of the user that a program's thread may be the last of
_PATIENCE = 30.0  # seconds to wait for a process to be had, where the machine has none left
_TOO_LARGE = "the result is too large"
_RULES = landlock.rules()


def restrict(limits: dict[str, float], result: int, *, drop_root: bool) -> None:
    """Set limits of the child that runs a program; nothing can be raised again.

    Where root's Python lies in a folder that nobody else may enter, the program would miss modules that it has when a
    user runs it. So it keeps root's right to read, once Landlock holds it to the standard library.
    """
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    os.setsid()
    memory, cpu = int(limits["memory_bytes"]), int(limits["cpu_seconds"])
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
    ):
        lower(what, value, value)
    lower(resource.RLIMIT_CPU, cpu, cpu + 1)  # the soft limit's signal tells a timeout from a kill
    control(_NO_NEW_PRIVILEGES, 1)
    held = landlock.enter(_RULES)
    control(_KEEP_CAPABILITIES, 1)
    if drop_root:
        become_nobody()
    if not (drop_root and held and any(keep_capability(each) for each in _READ_EVERYTHING)):
        keep_capability(None)
    control(_DIE_WITH_PARENT, signal.SIGKILL)  # after the change of user, which clears it
    control(_DUMPABLE, 0)
    for start, end in ((3, result), (result + 1, _DESCRIPTORS * 8)):
        os.closerange(start, end)
    listed = seccomp.forbid(opening_to_write=not held or landlock.version() < landlock.CONTROLS_TRUNCATION)
    # the list tells threads from processes, a number cannot; root, who is exempt from it, is gone
    tasks = _TASKS if listed else 0
    lower(resource.RLIMIT_NPROC, tasks, tasks)


def lower(what: int, soft: int, hard: int) -> None:
    """Set a limit, or leave a lower one; macOS has no limit of address space and says so."""
    most = resource.getrlimit(what)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    try:
        resource.setrlimit(what, (soft, hard))
    except (ValueError, OSError):
        pass


def run(program: dict[str, Any], largest: int) -> dict[str, Any]:
    """What the program's function returns for each input, as `values` writes it; runs in the child.

    Every call has arguments of its own, so a function that changes them spoils no other call.
    """
    space: dict[str, Any] = {"__name__": "program"}
    random.seed(0)  # the same answer gets the same verdict
    try:
        inputs = values.loads(program["inputs"])
        exec(compile(program["source"], "program", "exec"), space)
        function = space[program["entry_point"]]
    except BaseException as error:
        return ended(error)
    texts, last = [], {"outcome": "ok", "detail": ""}
    for arguments in inputs:
        text = "null"
        try:
            value = function(*arguments)
        except BaseException as error:
            last = ended(error)
        else:
            try:
                text = values.dumps(value, largest)
            except MemoryError:
                return {"outcome": "error", "values": "[]", "detail": _TOO_LARGE}
            except BaseException as error:
                last = ended(error)
        texts.append(text)
        largest -= len(text)
    return {**last, "values": "[" + ", ".join(texts) + "]"}


def ended(error: BaseException) -> dict[str, Any]:
    """The outcome of a program that raised."""
    if isinstance(error, MemoryError):
        return {"outcome": "memory", "values": "[]", "detail": ""}
    outcome = "undefined name" if isinstance(error, NameError) else "error"
    return {"outcome": outcome, "values": "[]", "detail": describe(error)}


def describe(error: BaseException) -> str:
    """The error in one short line; its own text is the program's code and may fail."""
    try:
        return f"{type(error).__name__}: {error}"[:_LONGEST_DETAIL]
    except BaseException:
        return type(error).__name__[:_LONGEST_DETAIL]


def report(program: dict[str, Any], largest: int) -> bytes:
    """The result as the child writes it; a program that has used up its memory may leave none for that."""
    try:
        return json.dumps(run(program, largest)).encode()
    except MemoryError:
        return b'{"outcome": "memory", "values": "[]"}'


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


def fork() -> int:
    """Fork, and wait where the machine has no process left: another program may be using them up for its 3 s."""
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            return os.fork()
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def supervise(program: dict[str, Any], *, drop_root: bool) -> dict[str, Any]:
    """Fork a child for one program and read its result, for a limited time."""
    limits = program["limits"]
    largest = int(limits["result_bytes"])
    reading, writing = os.pipe()
    child = fork()
    if child == 0:
        os.close(reading)
        try:
            restrict(limits, writing, drop_root=drop_root)
            result = report(program, largest)
            while result:
                result = result[os.write(writing, result) :]
        finally:
            os._exit(0)
    os.close(writing)
    # the values may be text inside text, and the rest is short
    received, timed_out = receive(reading, 2 * largest + _PART, limits["wall_seconds"])
    os.close(reading)
    for target in (-child, child):
        try:
            os.kill(target, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
    _, status, used = os.wait4(child, 0)
    seconds = used.ru_utime + used.ru_stime
    out_of_time = os.WIFSIGNALED(status) and (
        os.WTERMSIG(status) == signal.SIGXCPU or seconds >= limits["cpu_seconds"]  # it may ignore the signal
    )
    if timed_out or out_of_time:
        return {"outcome": "timeout", "values": "[]", "seconds": seconds}
    return {**reported(received), "seconds": seconds}


def reported(received: bytearray) -> dict[str, Any]:
    """What the child wrote, if that has the shape of a result."""
    try:
        result = json.loads(received)
    except (ValueError, RecursionError):
        result = None
    if not isinstance(result, dict):
        return {"outcome": "killed", "values": "[]"}
    # text alone: what is inside it is read by the harness, which knows how much that may be
    return {name: result[name] for name in ("outcome", "values", "detail") if isinstance(result.get(name), str)}


def main() -> None:
    """Serve programs from standard input until it ends."""
    control(_DIE_WITH_PARENT, signal.SIGKILL)
    control(_DUMPABLE, 0)  # else a program of the same user could open what this process has open, and its memory
    mimetypes.init(())  # without the machine's own lists
    os.environ.clear()  # the interpreter sets its locale there
    drop_root = can_become_nobody()
    if "isolated" not in sys.argv[2:] and isolate():
        first = os.fork()  # the first process of a process table must outlive the others
        if first:
            os.waitpid(first, 0)
            return
        control(_DIE_WITH_PARENT, signal.SIGKILL)
    for line in sys.stdin:
        print(json.dumps(supervise(json.loads(line), drop_root=drop_root)), flush=True)


main()
