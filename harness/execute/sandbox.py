"""Run model-written functions in a process of their own and bring back what they return.

Covered: endless loops (CPU and wall time), memory, new processes, file writes, output, the size of results, the
environment (empty), the working folder (a fresh one), `os._exit`, killing the runner (it is restarted). A network and
process table of its own where the kernel allows it (Linux as root, or with user namespaces); a file system of its own
where bubblewrap is installed and works. Expected answers never enter the sandbox: they are compared outside, so a
program cannot patch its checker.

Not covered: without bubblewrap, reading, truncating and removing files that the program's user may (`nobody` where root
runs the harness, else the user: no byte is ever written, but a file opened for writing is emptied); signals to that
user's other processes where the kernel gives no process table of its own (`Execution.isolated` is False there);
platforms without `fork`. A program may forge any outcome and values for itself, but for no other program, and it never
sees the expected answers. It is made for a model's honest mistakes, not for an attacker.
"""

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

from harness.execute import bubblewrap, values
from harness.execute.outcome import classify_source

Ending = Literal[
    "ok", "syntax", "unbalanced bracket", "no code", "undefined name", "error", "timeout", "memory", "killed"
]
RUNNER = Path(__file__).with_name("runner.py")
VALUES = Path(values.__file__)
_MOST_RUNNERS = 8  # runners at a time
_START = 60.0  # seconds for a runner to start; it takes 0.2, and longer only where the machine is overloaded
_GRACE = 5.0  # seconds beyond a program's own wall time before the runner itself is given up


@dataclass(frozen=True)
class Program:
    """A function to call."""

    source: str
    entry_point: str
    inputs: tuple[tuple[Any, ...], ...]
    """Arguments of each call; values that `harness.execute.values` carries. Each call gets a copy of its own."""


@dataclass(frozen=True)
class Limits:
    """What one program may use.

    Attributes:
        wall_seconds: Time by the clock, in seconds.
        cpu_seconds: Computing time, in whole seconds.
        memory_bytes: Address space, in bytes.
        result_bytes: What it may return for all its inputs together, in bytes of `harness.execute.values`.
    """

    wall_seconds: float = 3.0
    cpu_seconds: int = 2
    memory_bytes: int = 512 * 2**20
    result_bytes: int = 2**16


@dataclass(frozen=True)
class Execution:
    """What came of one program."""

    outcome: Ending
    values: tuple[Any, ...] = ()
    """What each call returned; None where it raised, `Other` where it returned what cannot be carried over."""
    detail: str = ""
    isolated: bool | None = None
    """Whether it had a network and process table of its own; None where nothing ran."""
    seconds: float = 0.0
    """Computing time it used, in seconds."""


@dataclass(frozen=True)
class _Job:
    """A program as the runner gets it."""

    line: str
    wall_seconds: float


def run_programs(
    programs: Sequence[Program], limits: Limits | Sequence[Limits] = Limits()
) -> list[Execution]:  # frozen
    """Run each program apart from the others; equal programs under equal limits run once.

    Args:
        programs: What to run.
        limits: Of every program, or one a program.
    """
    each = [limits] * len(programs) if isinstance(limits, Limits) else limits
    states = [classify_source(program.source, program.entry_point) for program in programs]
    jobs = [
        _job(program, limit) if state == "ok" else None
        for program, limit, state in zip(programs, each, states, strict=True)
    ]
    runnable = list(dict.fromkeys(job for job in jobs if job is not None))
    workers = min(os.cpu_count() or 1, _MOST_RUNNERS)
    with ThreadPoolExecutor(workers) as pool:
        parts = pool.map(_run_all, [runnable[start::workers] for start in range(workers)])
        results = {job: execution for part in parts for job, execution in part.items()}
    return [Execution(state) if job is None else results[job] for job, state in zip(jobs, states, strict=True)]


def _job(program: Program, limits: Limits) -> _Job:
    inputs = values.dumps([list(arguments) for arguments in program.inputs])
    message = {"source": program.source, "entry_point": program.entry_point, "inputs": inputs, "limits": asdict(limits)}
    return _Job(json.dumps(message) + "\n", limits.wall_seconds)


def _run_all(jobs: Sequence[_Job]) -> dict[_Job, Execution]:
    """Run different programs, with a new runner whenever one is brought down."""
    results: dict[_Job, Execution] = {}
    while len(results) < len(jobs):
        left = jobs[len(results) :]
        results |= dict(zip(left, _one_runner(left), strict=False))
    return results


def _command() -> list[str]:
    """How the runner is started: under bubblewrap where that works."""
    wrapped = bubblewrap.prefix((RUNNER, VALUES), root=os.geteuid() == 0)
    python = str(bubblewrap.interpreter()) if wrapped else sys.executable
    return [*wrapped, python, "-I", "-S", str(RUNNER), str(VALUES), *(["isolated"] if wrapped else [])]


def _one_runner(jobs: Sequence[_Job]) -> list[Execution]:
    """Results up to the program that brought the runner down, that one included."""
    done: list[Execution] = []
    with tempfile.TemporaryDirectory(prefix="sandbox-") as scratch:
        Path(scratch).chmod(0o755)
        runner = subprocess.Popen(  # noqa: S603  # our own runner
            _command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=scratch,
            env={},
            start_new_session=True,
            text=True,
        )
        assert runner.stdin is not None
        assert runner.stdout is not None
        lines: queue.Queue[str] = queue.Queue()
        output = runner.stdout

        def read() -> None:
            for line in output:
                lines.put(line)
            lines.put("")

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            isolated = bool(json.loads(lines.get(timeout=_START))["isolated"])
            for job in jobs:
                runner.stdin.write(job.line)
                runner.stdin.flush()
                line = lines.get(timeout=job.wall_seconds + _GRACE)
                if not line:
                    done.append(Execution("killed", detail="the runner ended"))
                    break
                done.append(_execution(json.loads(line), isolated=isolated))
        except (OSError, queue.Empty, ValueError):
            done.append(Execution("killed", detail="the runner did not answer"))
        finally:
            with suppress(OSError):  # a line that the runner never took
                runner.stdin.close()  # first: the end of its input also ends a runner behind the one we can kill
            runner.kill()
            runner.wait()
            reader.join(_GRACE)
            if not reader.is_alive():
                output.close()
    return done


def _execution(result: dict[str, Any], *, isolated: bool) -> Execution:
    """What the runner says of a program, which may have written it itself: anything of another shape is "killed"."""
    outcome, detail, seconds = result.get("outcome"), str(result.get("detail", "")), result["seconds"]
    try:
        returned = values.loads(result["values"])
        if isinstance(outcome, str) and outcome in get_args(Ending) and isinstance(returned, list):
            return Execution(cast("Ending", outcome), tuple(returned), detail, isolated, seconds)
    except (ValueError, KeyError, TypeError):
        pass
    return Execution("killed", (), "the result has no known shape", isolated, seconds)
