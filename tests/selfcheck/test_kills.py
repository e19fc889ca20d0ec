"""Runs that are killed and given again, and what is found where one does not come out the same."""

import random
import subprocess
import sys

import pytest

from harness.errors import BadInput
from harness.selfcheck.killing.outcome import outcome, timeless, unlike
from harness.selfcheck.killing.process import Point
from harness.selfcheck.killing.works import WORKS, Work
from harness.selfcheck.kills import main, points, row, run, runs, undisturbed

PROGRAM = """
import json, os, subprocess, sys, time
from pathlib import Path
from harness.journal import Journal

home, fault = Path(sys.argv[1]), sys.argv[2]
known = set()
journal = Journal(home / "store" / "a.jsonl", lambda row: known.add(row["key"]) or True)
if fault != "forgets":
    journal.refresh()
begun_before = bool(known)
if fault == "leaves":
    (home / "tmp" / f"part-{os.getpid()}").touch()
if fault == "orphan":
    subprocess.Popen(["sleep", "60"], start_new_session=True)
for number in range(12):
    if str(number) not in known:
        journal.append([{"key": str(number), "answer": number**2}], "writing")
        time.sleep(0.02)
if fault == "leaves":
    (home / "tmp" / f"part-{os.getpid()}").unlink()
claims = [{"verdict": "kept", "cost": {"seconds": time.time()}, "resumed": begun_before and fault == "other"}]
(home / "report").mkdir(exist_ok=True)
(home / "report" / "rows.json").write_text(json.dumps(claims))
"""
NOW = Point(4, 0.0)


def work(fault=""):
    """A program that keeps twelve answers, with a fault of its own."""
    return Work("stand-in", lambda home: [sys.executable, "-c", PROGRAM, str(home), fault])


def killed(fault, tmp_path):
    """What is found where it is killed twice."""
    reference = undisturbed(work(), tmp_path / "undisturbed", tmp_path)
    (tmp_path / "killed").mkdir()
    return run(work(fault), tmp_path / "killed", tmp_path, [NOW, Point(9, 0.0)], reference)


def test_a_run_that_keeps_what_it_has_comes_out_the_same(tmp_path):
    """Killed twice, with what was kept then; seconds do not count."""
    found = killed("", tmp_path)

    assert found.faults == ()
    assert len(found.kills) == 2
    assert all(kill.events < 14 for kill in found.kills)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("forgets", "kept answers were computed again"),
        ("leaves", "was left behind"),
        ("other", "report/rows.json is other"),
    ],
)
def test_what_does_not_come_out_the_same_is_said(fault, said, tmp_path):
    """Each fault is planted: an answer that is computed twice, a file that stays, a row that is another."""
    assert any(said in one for one in killed(fault, tmp_path).faults)


def test_a_process_that_lives_on_is_named(tmp_path, monkeypatch):
    """It is in a session of its own, so that the kill of the group does not reach it."""
    monkeypatch.setattr("harness.selfcheck.killing.process._GRACE", 0.1)
    found = killed("orphan", tmp_path)
    orphans = {pid for kill in found.kills for pid in kill.alive}
    subprocess.run(["kill", *map(str, orphans)], check=True)

    assert [one.split(" lives on: ")[1] for one in found.faults] == ["sleep 60", "sleep 60"]


def test_points_fall_before_the_last_event_and_are_those_of_the_seed():
    """In their order, so that each kill falls into a later part of the work."""
    drawn = [points(random.Random(3), 40, 3) for _ in range(2)]

    assert drawn[0] == drawn[1]
    assert [point.events for point in drawn[0]] == sorted(point.events for point in drawn[0])
    assert all(point.events < 40 for point in drawn[0])


def test_a_work_is_run_until_it_was_killed_so_often(tmp_path, monkeypatch):
    """Three kills a run; the table counts them."""
    monkeypatch.setattr("harness.selfcheck.kills._PAUSE", 0.0)
    found = list(runs(work(), 4, random.Random(0), tmp_path, tmp_path))

    assert sum(len(one.kills) for one in found) == 4
    assert row(work(), found)[:3] == ("stand-in", "4", "4")


def test_two_runs_are_held_to_each_other_by_their_files(tmp_path):
    """A file that is missing, one that was left behind, one that says something else; locks do not count as content."""
    for name in ("a", "b"):
        (tmp_path / name / "report" / "items").mkdir(parents=True)
        (tmp_path / name / "report" / "items" / "same.jsonl").write_text("1\n")
        (tmp_path / name / "report" / f"{name}.json").write_text("{}")
        (tmp_path / name / "report" / "other.jsonl").write_text(name)

    found = unlike(outcome(tmp_path / "a"), outcome(tmp_path / "b"))

    assert found == ["report/a.json is missing", "report/b.json was left behind", "report/other.jsonl is other"]


def test_seconds_are_left_out_at_any_depth():
    """Of rows, and of training runs in their measurements."""
    row = {"verdict": "kept", "cost": {"seconds": 1}, "measurements": {"recoveries": [{"steps": 4, "seconds": 2.0}]}}

    assert timeless(row) == {"verdict": "kept", "measurements": {"recoveries": [{"steps": 4}]}}


@pytest.mark.parametrize("asked", [("--only", "nothing"), ("--kills", "2")])
def test_what_cannot_be_killed_is_refused(asked):
    """A work that is none, and fewer kills than works."""
    with pytest.raises(BadInput, match="expected one of 'three claims, two workers', 'recovery'"):
        main(asked)


@pytest.mark.slow
def test_an_export_that_is_killed_is_the_export(tmp_path):
    """A real one, killed twice while it writes."""
    export = next(work for work in WORKS if work.name == "export")

    found = list(runs(export, 2, random.Random(1), tmp_path, tmp_path))

    assert [one.faults for one in found] == [()] * len(found)


def test_a_lock_that_a_killed_pytest_left_is_its_own_business(tmp_path):
    """Any other file of the same name counts."""
    for name in ("tmp/pytest-of-me/pytest-0/.lock", "tmp/pytest-of-me/.lock", "store/.lock"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()

    assert set(outcome(tmp_path)) == {"tmp/pytest-of-me/.lock", "store/.lock"}
