"""What is killed: commands of this package, each with its own folder for all that it writes."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Work:
    """A command that can be killed and given again."""

    name: str
    command: Callable[[Path], list[str]]
    """Its words, for a folder that it writes into: `store`, `report`, `out`, whatever it makes there."""
    share: int = 1
    """Of the kills, beside the other works'."""
    folders: tuple[str, ...] = ()
    """That have to be there."""
    again: int = 0
    """Its exit code where all is there already."""


def _checks(*asked: str) -> Callable[[Path], list[str]]:
    def command(home: Path) -> list[str]:
        options = ["-q", "-p", "no:cacheprovider", "-p", "no:hypothesispytest"]
        kept = [f"--store={home / 'store'}", f"--report={home / 'report'}"]
        return [sys.executable, "-m", "pytest", *asked, *options, *kept]

    return command


def _harness(*asked: str) -> Callable[[Path], list[str]]:
    return lambda home: [sys.executable, "-m", "harness", *(word.replace("HOME", str(home)) for word in asked)]


WORKS = (
    Work(
        "three claims, two workers",
        _checks(
            "checks/test_arithmetic_drop.py", "checks/test_low_ratios_without_recovery.py",
            "checks/test_gap_survives_controls.py", "--method", "reverse", "--limit", "30",
            "-n", "2", "--dist", "loadscope",
        ),
        share=3,
    ),
    Work(
        "recovery",
        _checks(
            "checks/test_recovery_ceiling.py", "--method", "block_influence", "--limit", "10",
            "--recovery-examples", "176", "--training-seeds", "1",
        ),
        share=2,
    ),
    Work("export", _harness("export", "--model", "tiny", "--drop", "2,6-7", "--out", "HOME/out"), again=2),
    Work(
        "scoreboard",
        _harness(
            "scoreboard", "--method", "reverse", "--ratio", "0.25", "--no-recovery", "--limit", "20", "--quiet",
            "--store", "HOME/store", "--root", "HOME",
        ),
        folders=("baselines", "docs"),
    ),
)  # fmt: skip
"""Each by the options that a user has, on the tiny model."""


SOAKED = Work(
    "two claims",
    _checks("checks/test_arithmetic_drop.py", "checks/test_low_ratios_without_recovery.py", "--limit", "30"),
)
"""What several processes do on one store."""


def surroundings(home: Path) -> Mapping[str, str]:
    """The environment of a work: this package, one thread, no network, temporary files where they can be counted."""
    ours = str(Path(__file__).parents[3])
    path = os.pathsep.join([ours, *filter(None, [os.environ.get("PYTHONPATH")])])
    own = {"PYTHONPATH": path, "TMPDIR": str(home / "tmp"), "NO_COLOR": "1"}
    return os.environ | own | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
