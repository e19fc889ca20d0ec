"""`--tasks`: claims on some of their tasks, in whole runs of real checks."""

import json
import shutil
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]
CHECKS = Path(__file__).parents[2] / "checks"


@pytest.fixture
def run(pytester, monkeypatch, tiny):
    """The gap and arithmetic as a user's own copies, on a few items; the rows that were written."""
    monkeypatch.setenv("PY_COLORS", "0")
    for name in ("test_classification_vs_generative_gap.py", "test_arithmetic_drop.py"):
        shutil.copy(CHECKS / name, pytester.path / name)

    def _run(*options):
        arguments = ("--method", "reverse", "--limit", "40", "--store", "s", "-p", "no:cacheprovider", "-rs", *options)
        monkeypatch.setattr(sys, "argv", ["pytest", *arguments])
        output = pytester.runpytest_inprocess(*arguments).stdout.str()
        verdicts = pytester.path / "report" / "verdicts.json"
        rows = json.loads(verdicts.read_text())["claims"] if verdicts.exists() else []
        return output, {row["params"].get("tasks"): row for row in rows}

    return _run


def test_a_claim_on_some_tasks_says_which_and_is_held_to_no_other_baseline(run, pytester):
    """Others decide nothing; a claim without a task for a role is skipped with what it needs; whole rows stay."""
    run("--update-baseline", "all of them", "-k", "gap")
    output, rows = run("--tasks", "facts,code")

    assert "arithmetic-drop needs arithmetic, which --tasks does not name" in output
    assert "without events, kinds, word_problems, headlines" in " ".join(output.split())
    narrow = rows["facts,code"]
    assert set(narrow["tasks_left_out"].values()) == {"not named by --tasks"}
    assert {score["task"] for score in narrow["scores"]} == {"facts", "code"}
    assert rows[None]["tasks_left_out"] == {}
    (baseline,) = (pytester.path / "baselines" / "tiny").glob("*.json")
    assert "tasks" not in json.loads(baseline.read_text())["params"]
    assert "differ" not in output


def test_a_claim_whose_tasks_are_all_named_is_the_claim(run):
    """Its row has no parameter more, and so the baseline of every run."""
    _, rows = run("--tasks", "arithmetic,facts", "-k", "arithmetic")

    assert rows.keys() == {None}
