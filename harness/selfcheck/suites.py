"""The checks themselves on this device: the tiny model against the CPU's baselines, and the gpu tier's dry run."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET  # a file that our own pytest wrote
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import BadInput

SUITES: dict[str, tuple[str, ...]] = {"tiny": (), "dry-run": ("-m", "gpu", "--dry-run")}
"""Options of pytest, by what they run."""
_PLUGINS = ("harness.plugin", "syrupy")
"""Of pytest; no other that happens to be installed may change what the checks do, and ours may be installed nowhere."""
_ENDS = (0, 1, 5)  # all passed, some failed, nothing was decided
_GRACE = 20.0  # seconds for a stopped session to write what it has
_SHOWN = 600  # characters of a failure
_KEPT = 8000  # characters of a log


@dataclass(frozen=True)
class Suite:
    """How a run of the checks ended."""

    name: str
    seconds: float
    finished: bool
    """Whether it ended by itself within its time."""
    outcomes: Mapping[str, int] = field(default_factory=dict)
    """passed, failed, skipped, as JUnit counts them; empty where the run was stopped."""
    failures: Mapping[str, str] = field(default_factory=dict)
    """Test -> the beginning of what it said."""
    rows: Sequence[Mapping[str, Any]] = ()
    """Claim, model, verdict and effect of every row, beside the baseline's where there is one."""
    said: str = ""
    """The end of what pytest printed."""


def run_suites(
    names: Sequence[str], seconds: float, processes: int, root: Path, only: str | None = None
) -> list[Suite]:
    """Run suites beside one another.

    Args:
        names: of SUITES.
        seconds: after which each is stopped; what was decided until then counts.
        processes: of each.
        root: a checkout, with checks/ and baselines/.
        only: a `-k` expression.

    Raises:
        BadInput: there are no checks at `root`.
    """
    if not (root / "checks").is_dir():
        raise BadInput(f"{root}: expected a checkout of this repository, with checks/")
    with tempfile.TemporaryDirectory(prefix="gpu-check-") as scratch:
        started = time.monotonic()
        running = {name: _start(name, Path(scratch) / name, processes, root, only) for name in names}
        try:
            return [
                _ended(name, process, Path(scratch) / name, started, started + seconds, root)
                for name, process in running.items()
            ]
        finally:
            for process in running.values():
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


def _start(name: str, folder: Path, processes: int, root: Path, only: str | None) -> "subprocess.Popen[bytes]":
    folder.mkdir()
    options = [*SUITES[name], *(["-k", only] if only else []), f"--junitxml={folder / 'junit.xml'}"]
    return start_checks(["checks/", *options], folder / "store", folder, processes, root)


def start_checks(
    asked: Sequence[str], store: Path, folder: Path, processes: int, root: Path
) -> "subprocess.Popen[bytes]":
    """Begin a run of the checks of a checkout.

    Args:
        asked: files of checks, and options of pytest.
        store: of answers.
        folder: which receives `report` and `log`.
        processes: workers; 1: none.
        root: the checkout.
    """
    options = [*asked, *(f"-p{plugin}" for plugin in _PLUGINS), "-q", "-p", "no:cacheprovider"]
    if processes > 1:
        options += ["-pxdist.plugin", "-n", str(processes), "--dist", "loadscope"]
    options += [f"--store={store}", f"--report={folder / 'report'}"]
    ours = Path(__file__).parents[2]  # where this package lies
    path = os.pathsep.join([str(ours), *filter(None, [os.environ.get("PYTHONPATH")])])
    settings = {"PYTHONPATH": path, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603  # our own tests
            [sys.executable, "-m", "pytest", *options],
            cwd=root, env=os.environ | settings | {"HF_HUB_OFFLINE": "1", "NO_COLOR": "1"},
            stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip


def _ended(
    name: str, process: "subprocess.Popen[bytes]", folder: Path, started: float, until: float, root: Path
) -> Suite:
    finished = True
    try:
        process.wait(max(0.1, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        finished = False
        os.killpg(process.pid, signal.SIGTERM)  # our plugin's Ctrl-C, which what a shell began with `&` would ignore
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    try:
        outcomes, failures = _outcomes(folder / "junit.xml")
    except ET.ParseError:  # it was killed while it wrote
        outcomes, failures = {}, {}
    said = (folder / "log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    broke_off = finished and process.returncode not in _ENDS
    if broke_off or (
        finished and not outcomes
    ):  # it did not even begin; or JUnit counts a test that ended the session as passed
        failures |= {f"pytest ended with {process.returncode}": " ".join(said[-5:])[-_SHOWN:]}
    elif not finished and not outcomes:
        failures |= {"pytest": "was stopped before any test had ended; give it more --minutes"}
    rows, ending = _rows(folder / "report", root), "\n".join(said)[-_KEPT:]
    return Suite(name, time.monotonic() - started, finished, outcomes, failures, rows, ending)


def _outcomes(path: Path) -> tuple[dict[str, int], dict[str, str]]:
    if not path.is_file():
        return {}, {}
    counts: Counter[str] = Counter()
    failures: dict[str, str] = {}
    for case in ET.parse(path).getroot().iter("testcase"):  # noqa: S314
        parts = {child.tag: child for child in case if child.tag in ("failure", "error", "skipped")}
        kind = "failed" if "failure" in parts or "error" in parts else "skipped" if parts else "passed"
        counts[kind] += 1
        if kind == "failed":
            found = parts.get("failure", parts.get("error"))
            text = "" if found is None else found.text or found.get("message") or ""
            failures[f"{case.get('classname')}::{case.get('name')}"] = text.strip()[-_SHOWN:]
    return dict(counts), failures


def _rows(report: Path, root: Path) -> list[dict[str, Any]]:
    """What was decided, and what the baseline of the same name says."""
    from harness.report.baseline import baseline_path, read_baseline
    from harness.report.verdicts import record_from_json

    path = report / "verdicts.json"
    if not path.is_file():
        return []
    rows = []
    for row in json.loads(path.read_text(encoding="utf-8"))["claims"]:
        record = record_from_json(row)
        known = read_baseline(baseline_path(root / "baselines" / record.tier, record, ()))
        ours = {"claim": record.claim, "model": record.model, "params": row["params"], "verdict": record.verdict}
        effect = row["effect"] and {name: row["effect"][name] for name in ("estimate", "low", "high")}
        theirs = {"verdict": known["verdict"], "effect": known.get("effect")} if known else None
        cost = {"seconds": row["cost"]["seconds"], "reason": row["reason"]}
        rows.append(ours | {"effect": effect, "baseline": theirs} | cost)
    return rows
