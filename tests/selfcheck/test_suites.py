"""Runs of the checks in another process."""

import json
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.selfcheck import suites
from harness.selfcheck.suites import run_suites

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path):
    """A folder whose checks/ has what a test writes; its runs need none of our options."""
    (tmp_path / "checks").mkdir()
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_what_fails_is_named_with_the_end_of_what_it_said(checkout):
    """Counts as JUnit has them."""
    (checkout / "checks" / "test_some.py").write_text(
        "def test_good(): pass\ndef test_bad(): assert 1 == 2, 'one is not two'\n"
    )
    (suite,) = run_suites(["tiny"], 120, 1, checkout)

    assert suite.finished
    assert suite.outcomes == {"passed": 1, "failed": 1}
    ((test, said),) = suite.failures.items()
    assert test.endswith("::test_bad")
    assert "one is not two" in said


def test_a_run_that_takes_too_long_is_stopped_and_says_so(checkout, monkeypatch):
    """It is asked to end, so that it can write what it has; also where Ctrl-C is ignored, as in a background job."""
    (checkout / "checks" / "test_some.py").write_text("import time\ndef test_long(): time.sleep(600)\n")
    sent, kill = [], os.killpg
    monkeypatch.setattr(os, "killpg", lambda group, number: sent.append(number) or kill(group, number))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        (suite,) = run_suites(["tiny"], 0.1, 1, checkout)
    finally:
        signal.signal(signal.SIGINT, before)

    assert not suite.finished
    assert suite.rows == []
    assert sent == [signal.SIGTERM]


def test_a_run_that_does_not_begin_is_a_failure(checkout, monkeypatch):
    """Without pytest there is no report, and nothing may pass for a success."""
    monkeypatch.setattr(sys, "executable", "/bin/false")
    (suite,) = run_suites(["tiny"], 60, 1, checkout)

    assert suite.failures.keys() == {"pytest ended with 1"}


def test_a_folder_without_checks_is_refused(tmp_path):
    """Before anything is started."""
    with pytest.raises(BadInput, match="expected a checkout of this repository, with checks/"):
        run_suites(["tiny"], 1, 1, tmp_path)


def test_rows_stand_beside_the_baselines_of_this_machine(tmp_path_factory, monkeypatch):
    """A row that was decided carries what the stored baseline of the same name says."""
    report = tmp_path_factory.mktemp("rows") / "report"  # no whole rows, which tests may not leave in their own folder
    baseline = ROOT / "baselines" / "tiny" / "arithmetic-drop--tiny--reverse--0.25.json"
    known = json.loads(baseline.read_text())
    report.mkdir()
    row = {
        "claim": "arithmetic-drop", "model": "tiny", "model_fingerprint": known["model_fingerprint"], "tier": "tiny",
        "params": known["params"], "verdict": "reproduced", "reason": "", "effect": None, "cost": {"seconds": 1.0},
    }  # fmt: skip
    (report / "verdicts.json").write_text(json.dumps({"claims": [row]}))
    monkeypatch.setattr("harness.report.verdicts.record_from_json", lambda row: type("R", (), row))

    (found,) = suites._rows(report, ROOT)
    assert found["baseline"] == {"verdict": known["verdict"], "effect": known["effect"]}


def test_a_session_that_broke_off_is_a_failure(checkout):
    """JUnit counts the test that ended it as passed, and says nothing of the others."""
    (checkout / "checks" / "test_some.py").write_text(
        "import pytest\ndef test_good(): pass\ndef test_ends(): pytest.exit('the driver went away', returncode=3)\n"
    )
    (suite,) = run_suites(["tiny"], 120, 1, checkout)

    assert suite.failures.keys() == {"pytest ended with 3"}
