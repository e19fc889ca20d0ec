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


def test_names_that_decide_nothing_are_said(run):
    """A task of no selected check would otherwise be taken for asked; one of any of them is not named."""
    output, _ = run("--tasks", "arithmetic,code,headlines", "-k", "arithmetic")
    assert "--tasks code,headlines: decides nothing in arithmetic_drop" in output.splitlines()

    output, _ = run("--tasks", "arithmetic,code", "--collect-only")
    assert "decides nothing in" not in output


@pytest.mark.parametrize("given", [(), ("--tasks", "code")])
def test_a_claim_of_one_s_own_says_that_it_asks_what_it_asks(given, project):
    """Its tasks are its check's; a run that names others says that they changed nothing."""
    output = project("0.5, 0.4, 0.6", *given).stdout.str()
    assert ("warning: --tasks changed nothing in example-drop: a claim of one's own" in output) == bool(given)


def test_a_claim_whose_tasks_are_all_named_is_the_claim(run):
    """Its row has no parameter more, and so the baseline of every run."""
    _, rows = run("--tasks", "arithmetic,facts", "-k", "arithmetic")

    assert rows.keys() == {None}
