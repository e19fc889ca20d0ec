"""Run model-written functions in a process of their own and bring back what they return.

A program gets a process, with little time and memory, an empty environment and an empty folder, from which it can
read Python's standard library and nothing else, and can change, signal and reach nothing. `runner` holds it by
Landlock, a list of system calls (seccomp), resource limits, namespaces where the kernel gives them, and bubblewrap
where that works. Machines differ in which of them they have, and each alone leaves openings; so a program of ours
(`probe`) goes first in every runner and tries them, and what it can do is named in `Execution.isolation`. What holds
where: `docs/security.md`.

A program can say of itself what it likes, for no other program. The expected answers never enter the sandbox: they are
compared outside, so that a program can neither see them nor patch its checker.
"""

import functools
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast, get_args

from harness.errors import BadInput
from harness.execute import bubblewrap, scratch, values
from harness.execute.outcome import classify_source
from harness.execute.program import USUAL_LIMITS, Ending, Execution, Limits, Program

_FOLDER = Path(__file__).parent
RUNNER = _FOLDER / "runner.py"
ENVIRONMENT = {"PYTHONHASHSEED": "0", "TZ": "UTC"}  # of the runner: the same order of sets and hours everywhere
FULL = "full"
FOUND: set[str] = set()
"""The isolation of every runner of this process."""
_ROOT = Path(__file__).parents[2]
_IMPORTED = (
    "__init__.py", "execute/__init__.py", "execute/landlock.py", "execute/privileges.py", "execute/seccomp.py",
    "execute/values.py",
)  # fmt: skip
_PROBE = _FOLDER / "probe.py"
_MOST_RUNNERS = 8  # runners at a time
_WORTH_A_RUNNER = 12  # programs: to start a runner and to try its openings takes as long as so many short ones
_STARTS = 3  # tries to start one
_GRACE = 40.0  # seconds beyond a program's own wall time before the runner is given up; it waits 30 for a process
_LONGEST_DETAIL = 200  # characters


_PROBE_LIMITS = Limits(wall_seconds=60.0, cpu_seconds=10)  # a runner starts in 0.2 s, longer on a busy machine


@dataclass(frozen=True)
class _Job:
    """A program as the runner gets it."""

    line: str
    wall_seconds: float
    calls: int


_Ask = Callable[[_Job], dict[str, Any] | None]


def run_programs(programs: Sequence[Program], limits: Limits | Sequence[Limits] = USUAL_LIMITS) -> list[Execution]:
    """Run each program apart from the others; equal programs under equal limits run once.

    Args:
        programs: What to run.
        limits: Of every program, or one a program.

    Raises:
        BadInput: an honest program does not run here.
    """
    each = [limits] * len(programs) if isinstance(limits, Limits) else limits
    states = [classify_source(program.source, program.entry_point) for program in programs]
    jobs = [
        _job(program, limit) if state == "ok" else None
        for program, limit, state in zip(programs, each, states, strict=True)
    ]
    runnable = list(dict.fromkeys(job for job in jobs if job is not None))
    workers = max(1, min(os.cpu_count() or 1, _MOST_RUNNERS, len(runnable) // _WORTH_A_RUNNER))
    with ThreadPoolExecutor(workers) as pool:
        parts = pool.map(_run_all, [runnable[start::workers] for start in range(workers)])
        results = {job: execution for part in parts for job, execution in part.items()}
    return [Execution(state) if job is None else results[job] for job, state in zip(jobs, states, strict=True)]


def isolation_warnings(found: Iterable[str | None]) -> list[str]:
    """A line for each different way in which programs were not fully contained."""
    weak = dict.fromkeys(isolation for isolation in found if isolation not in (None, FULL))
    return [f"warning: what models write is not fully contained here: {what} (docs/security.md)" for what in weak]


def _job(program: Program, limits: Limits) -> _Job:
    inputs = values.dumps([list(arguments) for arguments in program.inputs])
    message = {"source": program.source, "entry_point": program.entry_point, "inputs": inputs, "limits": asdict(limits)}
    return _Job(json.dumps(message) + "\n", limits.wall_seconds, len(program.inputs))


def _run_all(jobs: Sequence[_Job]) -> dict[_Job, Execution]:
    """Run different programs, with a new runner whenever one is brought down."""
    results: dict[_Job, Execution] = {}
    while len(results) < len(jobs):
        left = jobs[len(results) :]
        results |= dict(zip(left, _one_runner(left), strict=False))
    return results


def _command() -> list[str]:
    """How the runner is started: under bubblewrap where that works."""
    wrapped = bubblewrap.prefix((RUNNER, *(_ROOT / "harness" / name for name in _IMPORTED)), root=os.geteuid() == 0)
    python = str(bubblewrap.interpreter())
    return [*wrapped, python, "-B", "-P", "-s", "-S", str(RUNNER), str(_ROOT), *(["isolated"] if wrapped else [])]


@functools.cache
def require_sandbox() -> str:
    """Check, once a process, that programs can be run here at all; how they are isolated.

    Raises:
        BadInput: an honest program does not run.
    """
    with _runner() as (_, isolation):
        return isolation


def _one_runner(jobs: Sequence[_Job]) -> list[Execution]:
    """Results up to the program that brought the runner down, that one included."""
    done: list[Execution] = []
    if not jobs:
        return done
    with _runner() as (ask, isolation):
        for job in jobs:
            said = ask(job)
            done.append(_execution(said, job.calls, isolation))
            if said is None:
                break
    return done


@contextmanager
def _runner() -> Iterator[tuple[_Ask, str]]:
    """A started runner whose first program was ours, and what that found a program able to do.

    Raises:
        BadInput: an honest program does not run.
    """
    job = _job(Program(_PROBE.read_text(encoding="utf-8"), "openings", ((os.getpid(),),)), _PROBE_LIMITS)
    first = Execution("killed")
    for _ in range(_STARTS):
        with _process() as ask:
            first = _execution(ask(job), job.calls, None)
            if first.outcome == "ok":
                (found,) = first.values
                isolation = f"a program can {', '.join(found)}" if found else FULL
                FOUND.add(isolation)
                yield ask, isolation
                return
    raise BadInput(
        f"programs that a model wrote cannot be run here: one of ours ends with {first.outcome} ({first.detail}); "
        f"expected it to import from {sys.base_prefix} and to return; install bubblewrap, use a Python that every user "
        f"may read, or choose tasks without programs"
    )


@contextmanager
def _process() -> Iterator[_Ask]:
    """The runner's process, as a function that returns None once it has ended or does not answer."""
    with scratch.folder() as folder:
        runner = subprocess.Popen(  # noqa: S603  # our own runner
            _command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=ENVIRONMENT,
            start_new_session=True,
            text=True,
        )
        assert runner.stdin is not None
        assert runner.stdout is not None
        requests, output, lines = runner.stdin, runner.stdout, queue.Queue[str]()

        def read() -> None:
            for line in output:
                lines.put(line)
            lines.put("")

        def ask(job: _Job) -> dict[str, Any] | None:
            try:
                requests.write(job.line)
                requests.flush()
                result = json.loads(lines.get(timeout=job.wall_seconds + _GRACE))
            except (OSError, queue.Empty, ValueError):
                return None
            return result if isinstance(result, dict) else None

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            yield ask
        finally:
            with suppress(OSError):  # a line that the runner never took
                requests.close()  # first: the end of its input also ends a runner behind the one we can kill
            runner.kill()
            runner.wait()
            reader.join(_GRACE)
            if not reader.is_alive():
                output.close()


def _execution(result: dict[str, Any] | None, calls: int, isolation: str | None) -> Execution:
    """What the runner says of a program, which may have written it itself: anything of another shape is "killed"."""
    if result is None:
        return Execution("killed", (), "the runner ended", isolation)
    outcome, detail, seconds = result.get("outcome"), str(result.get("detail", "")), 0.0
    returned: Any = None
    with suppress(ValueError, KeyError, TypeError, OverflowError):
        seconds = float(result["seconds"])
        returned = values.loads(result["values"])
    known = isinstance(outcome, str) and outcome in get_args(Ending) and isinstance(returned, list)
    if not known or (outcome == "ok" and len(returned) != calls):
        return Execution("killed", (), "the result has no known shape", isolation, seconds)
    return Execution(cast("Ending", outcome), tuple(returned), _plain(detail), isolation, seconds)


def _plain(detail: str) -> str:
    """Text that any file and terminal takes: a program may have written it."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in detail[:_LONGEST_DETAIL])
