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


def test_a_plan_judges_no_method(plan, pytester):
    """A rule that is not asked is none that is kept, and a method that is only counted is not called."""
    pytester.makepyfile(mymod="def rank_layers(loaded, n, calibration, seed):\n    open('called', 'w').close()\n")
    pytester.syspathinsert()
    result = plan("test_method_contract", "--method", "mymod:rank_layers", "-rs")

    result.assert_outcomes(skipped=9)
    result.stdout.fnmatch_lines(["SKIPPED*a plan runs no method, so it cannot say which rules of the contract one*"])
    result.stdout.no_fnmatch_line("*keeps all*")
    assert not (pytester.path / "called").exists()


@pytest.mark.parametrize(("option", "value"), [("--update-baseline", "new"), ("-n", "2")])
def test_a_plan_stores_no_baseline_and_has_one_process(plan, option, value):
    """What checks share is known to one process only."""
    result = plan("test_arithmetic_drop", option, value)

    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: --plan with {option}*"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--device-profile", "nvidia-h200"),
            "--device-profile nvidia-h200: times of another machine",
        ),
        (("--plan", "--device-profile", "abacus"), "--device-profile abacus: expected one of "),
    ],
)
def test_a_profile_is_of_a_plan(pytester, options, said):
    """Before a model is loaded."""
    pytester.makepyfile("def test_claim(subject): raise AssertionError('it ran')")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)

    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: {said}*"])


def test_a_model_of_the_gpu_tier_is_planned_without_it(plan, real_data, pytester):
    """By its published shape and the profile of a machine: no weights, no GPU."""
    profile = CHECKS.parent / "docs" / "device-profiles" / "nvidia-h200.json"
    options = ("-m", "gpu", "--model", "gemma-2-2b", "--data", str(real_data), "--device-profile", str(profile))
    result = plan("test_arithmetic_drop", "--method", "reverse", "--looks", "off", *options)

    assert result.ret == 0
    result.stdout.fnmatch_lines(["*plan: gemma-2-2b-it*", "arithmetic-drop reverse 0.25 *", "time: on NVIDIA H200*"])
    made = json.loads((pytester.path / "report" / "plan.json").read_text())["gemma-2-2b-it"]
    assert made["total"]["bytes"] > 2 * 2_614_341_888
