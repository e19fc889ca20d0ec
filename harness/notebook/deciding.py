"""A claim decided from Python: the check itself, in a process of its own."""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.reference import tier_of
from harness.versions import require_extra

if TYPE_CHECKING:
    from harness.report.frames import Report

_NO_ROW = (2, 3, 4, 5)
"""pytest's exit codes of a run that was stopped, broke, was refused, or decided nothing."""


def check(
    claim: str,
    *,
    model: str | Path = "tiny",
    data: str | Path | None = None,
    limit: int | None = None,
    report: str | Path | None = None,
    options: Sequence[str] = (),
) -> "Report":
    """Run the checks of a claim as `pytest` does, and read what they wrote.

    A claim that is contradicted is a result as any other. The checks run in a process of their own, with their answers
    in `.store`; what a method of one's own needs must be on that process's path.

    Args:
        claim: its id, such as `arithmetic-drop`; every check of that file is run.
        model: `tiny`, a folder, a `.gguf` file, or a hub id.
        data: folder of benchmark files (docs/data.md); None reads the hub.
        limit: items per task, a seeded random subset; None takes all.
        report: folder to which this run's rows are added; None keeps none.
        options: further ones of `pytest checks/`, as `["--method", "mypkg.mymod:rank_layers"]`.

    Raises:
        BadInput: there is no such claim, an option cannot be used, no check was decided, or pandas is not installed.
    """
    require_extra("report", "data frames")
    from harness.report.frames import read

    path = _file_of(claim)
    with tempfile.TemporaryDirectory(prefix="layer-pruning-checks-") as scratch:
        folder = Path(scratch) / "report"  # of this run alone: a folder of the user's may hold rows of others
        given = ["--model", str(model), *(["--data", str(data)] if data is not None else [])]
        given += [*(["--limit", str(limit)] if limit is not None else []), *options, "--report", str(folder)]
        own = [] if str(model) == "tiny" else ["-m", tier_of(str(model), "small")]
        command = [sys.executable, "-m", "pytest", str(path), "-q", "-p", "no:cacheprovider", *own, *given]
        done = subprocess.run(command, text=True, capture_output=True, check=False)  # noqa: S603  # on our own checks
        if done.returncode in _NO_ROW or not (folder / "verdicts.json").exists():
            raise BadInput(_why(claim, done.stdout + done.stderr))
        if report is not None:
            _add(folder, Path(report))
        return read(folder)


def _add(folder: Path, to: Path) -> None:
    """Write a run's rows, items and page into a report folder, beside the rows that are there."""
    from harness.report.latest import write_latest
    from harness.report.names import LATEST
    from harness.report.verdicts import read_records, write_verdicts
    from harness.report.web import write_site

    content, records = read_records(folder)
    write_verdicts(to, records, content["environment"])
    others = shutil.ignore_patterns("verdicts.json", "index.html", LATEST, ".*")
    shutil.copytree(folder, to, dirs_exist_ok=True, ignore=others)
    write_site(to)
    write_latest(to, records, content["environment"], [to / path.name for path in folder.glob("*.png")])


def _file_of(claim: str) -> Path:
    """The check's file: in a checkout, or in an installed package.

    Raises:
        BadInput: there is none.
    """
    package = Path(__file__).parent.parent
    name = f"test_{claim.replace('-', '_')}.py"
    roots = [folder for folder in (package.parent / "checks", package / "bundled" / "checks") if folder.is_dir()]
    for root in roots:
        for folder in (root, root / "neighbours"):
            if (folder / name).is_file():
                return folder / name
    known = sorted(
        path.stem.removeprefix("test_").replace("_", "-") for root in roots for path in root.glob("test_*.py")
    )
    raise BadInput(f"claim {claim!r} is unknown; use one of {', '.join(known)}")


def _why(claim: str, output: str) -> str:
    """The sentence with which a run ended."""
    lines = output.splitlines()
    said = [line.removeprefix("ERROR: ") for line in lines if line.startswith(("ERROR: ", "SKIPPED"))]
    raised = [line.removeprefix("E ").strip() for line in lines if line.startswith("E ")]
    if said or raised:
        return said[-1] if said else f"{claim}: {raised[0]}"
    return f"{claim}: its checks ended without a row: {' '.join(output.split())[-300:]}"
