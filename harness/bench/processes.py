"""What is timed from outside: commands in processes of their own."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.bench.setting import Setting, row
from harness.bench.turns import Compared, Side, together
from harness.errors import BadInput
from harness.score.cost import now
from harness.selfcheck.suites import start_checks
from harness.tasks.source import Folder

ROOT = Path(__file__).parents[2]
"""The checkout, where this package lies in one."""
CHECKS = ("checks/",)
CLAIM = ("checks/test_arithmetic_drop.py",)
"""A claim that few items decide on a model that can calculate."""
ITEMS = 10
"""Times as many items as other rows ask, so that there is something to save."""
_LONG = "it runs all checks, which takes minutes: name it with --row"
_WAYS = {
    "import": (["-c", "import harness"], ["-c", "import lm_eval"]),
    "--help": (["-m", "harness", "--help"], ["-m", "lm_eval", "--help"]),
}


@row("startup")
def startup(setting: Setting) -> Compared:
    """Until Python has the package, and until its help is there, against lm-eval.

    Raises:
        BadInput: one of them cannot be started.
    """

    def seconds(arguments: Sequence[str]) -> float:
        start = now(setting.loaded.model.device)
        done = subprocess.run(  # noqa: S603  # this Python
            [sys.executable, "-W", "ignore", *arguments], capture_output=True, check=False, env=_environment()
        )
        if done.returncode:
            raise BadInput(f"python {' '.join(arguments)} ended with {done.returncode}")
        return now(setting.loaded.model.device) - start

    parts = []
    for name, (ours, theirs) in _WAYS.items():
        seconds(ours), seconds(theirs)  # files are read from the disk at the first time
        pairs = [(seconds(ours), seconds(theirs)) for _ in range(setting.turns)]
        ratio = statistics.median(second / first for first, second in pairs)
        mine, other = (Side(name, statistics.median(each), {}, 0.0, 0) for each in zip(*pairs, strict=True))
        parts.append(Compared(name, "lm-eval", ratio, True, mine, other))
    return together("startup", parts)


@dataclass(frozen=True)
class Run:
    """A run of checks."""

    verdicts: Mapping[str, str]
    """Claim with its parameters -> what was decided."""
    side: Side


@row("verdict")
def verdict(setting: Setting) -> Compared:
    """A claim looked at on few items first, against the same on all of them.

    Raises:
        BadInput: there is no checkout here, or nothing was decided.
    """
    asked = [*CLAIM, *_model(setting)]
    with _scratch() as folder:
        runs = [
            _run(setting, f"looks {looks}", [*asked, "--looks", looks], folder / looks, folder / f"store-{looks}")
            for looks in ("on", "off")
        ]
    return _compared("verdict", "all items at once", *runs)


@row("verify_warm", long=_LONG)
def verify_warm(setting: Setting) -> Compared:
    """All checks from stored answers, against the same from none.

    Raises:
        BadInput: there is no checkout here, or nothing was decided.
    """
    with _scratch() as folder:
        cold = _run(setting, "no answer stored", CHECKS, folder / "cold", folder / "store", _workers())
        warm = _run(setting, "answers stored", CHECKS, folder / "warm", folder / "store", _workers())
    return _compared("verify_warm", "cold", warm, cold)


@row("verify_cold", long=_LONG)
def verify_cold(setting: Setting) -> Compared:
    """All checks by a worker per core, against one process.

    Raises:
        BadInput: there is no checkout here, or nothing was decided.
    """
    with _scratch() as folder:
        runs = [
            _run(setting, f"{workers} processes", CHECKS, folder / str(at), folder / f"store{at}", workers)
            for at, workers in enumerate((_workers(), 1))
        ]
    return _compared("verify_cold", "one process", *runs)


def _workers() -> int:
    return os.cpu_count() or 1


def _model(setting: Setting) -> list[str]:
    """Options that name the model, its items and how many of them."""
    subject = setting.subject
    options = ["--limit", str(ITEMS * setting.items), "--model", subject.loaded.reference.text]
    options += ["-m", subject.tier, "--dtype", subject.loaded.dtype]
    return options + (["--data", str(subject.source.path.absolute())] if isinstance(subject.source, Folder) else [])


@contextmanager
def _scratch() -> Iterator[Path]:
    if not (ROOT / "checks").is_dir():
        raise BadInput("the checks are run from a checkout of this repository, and this package is installed")
    with tempfile.TemporaryDirectory(prefix="harness-bench-") as folder:
        yield Path(folder)


def _run(setting: Setting, name: str, asked: Sequence[str], folder: Path, store: Path, workers: int = 1) -> Run:
    """Run checks once.

    Raises:
        BadInput: nothing was decided.
    """
    folder.mkdir()
    start = now(setting.loaded.model.device)
    process = start_checks(asked, store, folder, workers, ROOT)
    try:
        process.wait()
    finally:
        process.kill()
    seconds = now(setting.loaded.model.device) - start
    path = folder / "report" / "verdicts.json"
    rows = json.loads(path.read_text(encoding="utf-8"))["claims"] if path.is_file() else []
    if not rows:
        said = (folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise BadInput(f"the checks decided nothing: {' '.join(said[-2:])}")
    return Run(dict(map(_decided, rows)), _side(name, seconds, [row["cost"] for row in rows]))


def _decided(row: Mapping[str, Any]) -> tuple[str, str]:
    """What a row decided, whichever number of items was looked at."""
    apart = {name: value for name, value in row["params"].items() if name != "looks"}
    return f"{row['claim']} {json.dumps(apart, sort_keys=True)}", str(row["verdict"])


def _side(name: str, seconds: float, costs: Sequence[Mapping[str, Any]]) -> Side:
    names = {
        "layer_passes": "layer_forwards",
        "prefilled_tokens": "forward_tokens",
        "decoded_tokens": "generated_tokens",
    }
    counts = {ours: sum(cost[theirs] for cost in costs) for ours, theirs in names.items()}
    return Side(name, seconds, counts, 0.0, max(cost["peak_memory_bytes"] for cost in costs))


def _compared(name: str, peer: str, ours: Run, theirs: Run) -> Compared:
    other = {claim for claim, _ in ours.verdicts.items() ^ theirs.verdicts.items()}
    differs = f"other verdicts of {', '.join(sorted(other))}" if other else ""
    return Compared(name, peer, theirs.side.seconds / ours.side.seconds, not other, ours.side, theirs.side, differs)


def _environment() -> dict[str, str]:
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    return {**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1"}
