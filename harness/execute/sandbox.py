"""Run model-written functions in a process of their own and bring back what they return.

Covered: endless loops (CPU and wall time), memory, new processes, file writes, output, the environment (empty), the
working folder (a fresh one), `os._exit`, killing the runner (it is restarted). A network and process table of its own
where the kernel allows it (Linux as root, or with user namespaces). Expected answers never enter the sandbox: they are
compared outside, so a program cannot patch its checker.

Not covered: reading, truncating and removing files that the program's user may (`nobody` where root runs the harness,
else the user: no byte is ever written, but a file opened for writing is emptied); signals to that user's other
processes where the kernel gives no process table of its own (`Execution.isolated` is False there); platforms without
`fork`. A program may forge any outcome and values for itself, but for no other program, and it never sees the expected
answers. It is made for a model's honest mistakes, not for an attacker.
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

from harness.execute.outcome import classify_source

Ending = Literal[
    "ok", "syntax", "unbalanced bracket", "no code", "undefined name", "error", "timeout", "memory", "killed"
]
RUNNER = Path(__file__).with_name("runner.py")
_MOST_RUNNERS = 8  # runners at a time
_GRACE = 5.0  # seconds beyond a program's own wall time before the runner itself is given up


@dataclass(frozen=True)
class Program:
    """A function to call."""

    source: str
    entry_point: str
    inputs: tuple[tuple[Any, ...], ...]
    """Arguments of each call; JSON values."""


@dataclass(frozen=True)
class Limits:
    """What one program may use.

    Attributes:
        wall_seconds: Time by the clock, in seconds.
        cpu_seconds: Computing time, in whole seconds.
        memory_bytes: Address space, in bytes.
    """

    wall_seconds: float = 3.0
    cpu_seconds: int = 2
    memory_bytes: int = 512 * 2**20


@dataclass(frozen=True)
class Execution:
    """What came of one program."""

    outcome: Ending
    values: tuple[Any, ...] = ()
    """What each call returned; None where it raised or returned what JSON cannot hold."""
    detail: str = ""
    isolated: bool | None = None
    """Whether it had a network and process table of its own; None where nothing ran."""


def run_programs(programs: Sequence[Program], limits: Limits = Limits()) -> list[Execution]:  # frozen
    """Run each program apart from the others; equal programs run once."""
    states = [classify_source(program.source, program.entry_point) for program in programs]
    runnable = list(dict.fromkeys(program for program, state in zip(programs, states, strict=True) if state == "ok"))
    workers = min(os.cpu_count() or 1, _MOST_RUNNERS)
    with ThreadPoolExecutor(workers) as pool:
        parts = pool.map(lambda part: _run_all(part, limits), [runnable[start::workers] for start in range(workers)])
        results = {program: execution for part in parts for program, execution in part.items()}
    return [
        results[program] if state == "ok" else Execution(state) for program, state in zip(programs, states, strict=True)
    ]


def _run_all(programs: Sequence[Program], limits: Limits) -> dict[Program, Execution]:
    """Run different programs, with a new runner whenever one is brought down."""
    results: dict[Program, Execution] = {}
    while len(results) < len(programs):
        left = [program for program in programs if program not in results]
        results |= dict(zip(left, _one_runner(left, limits), strict=False))
    return results


def _one_runner(programs: Sequence[Program], limits: Limits) -> list[Execution]:
    """Results up to the program that brought the runner down, that one included."""
    done: list[Execution] = []
    with tempfile.TemporaryDirectory(prefix="sandbox-") as scratch:
        Path(scratch).chmod(0o755)
        runner = subprocess.Popen(  # noqa: S603  # our own runner
            [sys.executable, "-I", "-S", str(RUNNER)],
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
            runner.stdin.write(json.dumps(asdict(limits)) + "\n")
            runner.stdin.flush()
            isolated = bool(json.loads(lines.get(timeout=_GRACE))["isolated"])
            for program in programs:
                runner.stdin.write(json.dumps(asdict(program)) + "\n")
                runner.stdin.flush()
                line = lines.get(timeout=limits.wall_seconds + _GRACE)
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
            reader.join(limits.wall_seconds + _GRACE)
            if not reader.is_alive():
                output.close()
    return done


def _execution(result: dict[str, Any], *, isolated: bool) -> Execution:
    """What the runner says of a program, which may have written it itself: anything of another shape is "killed"."""
    outcome, values, detail = result.get("outcome"), result.get("values"), str(result.get("detail", ""))
    if not (isinstance(outcome, str) and outcome in get_args(Ending) and isinstance(values, list)):
        return Execution("killed", (), "the result has no known shape", isolated)
    return Execution(cast("Ending", outcome), tuple(values), detail, isolated)
