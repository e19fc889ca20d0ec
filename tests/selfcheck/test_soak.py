"""Processes that share a store and are killed at random."""

import random
import sys

import pytest

from harness.errors import BadInput
from harness.selfcheck.killing.works import Work
from harness.selfcheck.kills import undisturbed
from harness.selfcheck.soak import main, soaked

PROGRAM = """
import json, os, sys, time
from pathlib import Path
from harness.journal import Journal

home, fault = Path(sys.argv[1]), sys.argv[2]
if not (home / "store").exists():  # a folder that a run makes is marked
    (home / "store").mkdir(parents=True)
    (home / "store" / ".gitignore").touch()
known = set()
journal = Journal(home / "store" / "a.jsonl", lambda row: known.add(row["key"]) or True)
for number in range(12):
    journal.refresh()
    if str(number) not in known:
        journal.append([{"key": str(number), "answer": os.getpid() if fault else 0}], "writing")
        known.add(str(number))
        time.sleep(0.02)
(home / "report").mkdir(exist_ok=True)
(home / "report" / "rows.json").write_text(json.dumps(sorted(known)))
"""


def work(fault=""):
    """A program that keeps twelve answers; with a fault they are its own."""
    return Work("stand-in", lambda home: [sys.executable, "-c", PROGRAM, str(home), fault])


@pytest.mark.parametrize(("fault", "found"), [("", ()), ("its own", ("store: store/a.jsonl is other",))])
def test_processes_on_one_store_leave_what_one_leaves(fault, found, tmp_path, monkeypatch):
    """Killed or not; where their answers are others, it is said."""
    monkeypatch.setattr("harness.selfcheck.kills._PAUSE", 0.0)
    reference = undisturbed(work(), tmp_path / "undisturbed", tmp_path)

    ended = soaked(work(fault), tmp_path / "round", tmp_path, 3, 3, random.Random(0), reference)

    assert ended.faults == found
    assert len(ended.kills) >= 1


def test_no_rounds_are_refused():
    """Nothing would be shown."""
    with pytest.raises(BadInput, match="--rounds 0"):
        main(["--rounds", "0"])
