"""`--plan`: checks are walked through, counted, and not run."""

import json
from pathlib import Path

import pytest

from harness.score import generation, log_likelihood

pytest_plugins = ["pytester"]
CHECKS = Path(__file__).parents[2] / "checks"


@pytest.fixture
def plan(pytester, monkeypatch, tiny):
    """Plans a check of ours; no model may be given a job."""
    monkeypatch.setenv("COLUMNS", "400")

    def asked(*_):
        raise AssertionError("a model was asked")

    def planned(check, *options):
        monkeypatch.setattr(generation, "generate", asked)
        monkeypatch.setattr(log_likelihood, "next_tokens", asked)
        pytester.makepyfile(test_check=(CHECKS / f"{check}.py").read_text())
        return pytester.runpytest_inprocess("--plan", "--limit", "40", "-p", "no:cacheprovider", *options)

    return planned


def test_a_plan_says_what_checks_will_take_and_decides_nothing(plan, pytester):
    """One line a check and what they share once; no row, no answer, exit code 0."""
    result = plan("test_arithmetic_drop", "--store", "s", "-v")

    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "*test_arithmetic_drop[[]tiny-block_influence-0.25[]] PLANNED*",
            "*stored*read*write*passes*FLOPs*time*memory",
            "arithmetic-drop block_influence 0.25 *0/160 *",
            "arithmetic-drop reverse 0.25 *0/160 *",
            "in all, what checks share once *0/240 *",
            "arithmetic-drop reverse 0.25: 40 items per task tell an effect of *, if the base gets 80% right",
        ]
    )
    assert not (pytester.path / "report" / "verdicts.json").exists()
    assert not list((pytester.path / "s").rglob("*.jsonl"))
    made = json.loads((pytester.path / "report" / "plan.json").read_text())["tiny"]
    assert [check["work"]["asked"] for check in made["checks"]] == [160, 160]
    assert made["total"]["asked"] == 240


def test_a_check_that_cannot_be_asked_says_so(plan):
    """Its line stands, and so does the plan."""
    result = plan("test_self_generated_beats_external", "--recovery-examples", "3")

    assert result.ret == 0
    result.stdout.fnmatch_lines(["*refused: recipe tiny on 3 examples is over after 1 steps*"])


@pytest.mark.parametrize(("option", "value"), [("--update-baseline", "new"), ("-n", "2")])
def test_a_plan_stores_no_baseline_and_has_one_process(plan, option, value):
    """What checks share is known to one process only."""
    result = plan("test_arithmetic_drop", option, value)

    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: --plan with {option}*"])
