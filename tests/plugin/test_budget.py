"""`--budget`: a row for every selected check, whatever the time sufficed for. The clock is a test's."""

import json
from itertools import count
from pathlib import Path

import pytest

from harness.foresee import rates
from harness.foresee.work import Rates
from harness.plugin.spending import Spending

pytest_plugins = ["pytester"]
CHECKS = Path(__file__).parents[2] / "checks"
SAME = Rates(1e-3, 1e-6, 1e-3, 1e-6)


@pytest.fixture
def run(pytester, monkeypatch, tiny):
    """Runs a check of ours within a time; the clock goes on by `tick` seconds each time that it is looked at."""
    monkeypatch.setattr(rates, "measured", lambda *_: SAME)
    pytester.makepyfile(
        test_arithmetic_drop=(CHECKS / "test_arithmetic_drop.py").read_text(),
        test_low_ratios_without_recovery=(CHECKS / "test_low_ratios_without_recovery.py").read_text(),
    )

    def within(budget, tick, *options):
        ticks = count()
        monkeypatch.setattr(Spending.__init__, "__defaults__", (lambda: next(ticks) * tick,))
        result = pytester.runpytest_inprocess(
            "--budget", budget, "--limit", "40", "--method", "reverse", "-p", "no:cacheprovider", "-v", *options
        )
        rows = json.loads((pytester.path / "report" / "verdicts.json").read_text())["claims"]
        return result, {row["claim"]: row for row in rows}

    return within


def test_everything_is_decided_where_the_time_suffices(run):
    """The cheaper check runs first."""
    result, rows = run("20", 0.0)

    assert result.ret == 0
    assert rows["arithmetic-drop"]["verdict"] == "reproduced"
    assert all("--budget" not in row["reason"] for row in rows.values())
    lines = [line for line in result.outlines if line.startswith("test_") and "::" in line]
    assert [line.split("::")[0] for line in lines] == ["test_arithmetic_drop.py", "test_low_ratios_without_recovery.py"]


def test_what_the_time_did_not_suffice_for_is_inconclusive(run):
    """Every check has a row that says so, no baseline is held against it, and the next run goes on."""
    result, rows = run("1", 1e9)

    assert result.ret == 0
    assert {row["verdict"] for row in rows.values()} == {"inconclusive"}
    for row in rows.values():
        assert row["reason"].startswith("the time of --budget 1 did not suffice")
        assert (row["effect"], row["p_value"], row["n_items"]) == (None, None, 0)
    assert all("p = " not in line for line in result.outlines)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--budget", "soon"), "--budget soon: expected minutes or hours, such as 20, 90m or 2h"),
        (("--budget", "1", "-n", "2"), "--budget with -n: one process sees what several checks share; write -n 0"),
        (("--budget", "1", "--plan"), "--plan with --budget: a plan runs nothing, so it spends nothing"),
        (("--budget", "1", "--update-baseline", "new"), "--budget with --update-baseline: it runs a part"),
    ],
)
def test_a_budget_that_cannot_be_kept_is_refused(pytester, options, said):
    """Before a model is loaded."""
    pytester.makepyfile("def test_claim(subject): raise AssertionError('it ran')")
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", *options)

    assert result.ret == 4
    result.stderr.fnmatch_lines([f"ERROR: {said}*"])
