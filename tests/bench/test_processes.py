"""Rows that run commands: what they decide is the same, and what it cost is read from their own rows."""

import pytest

from harness.bench import processes
from harness.bench.processes import Run
from harness.bench.rows import left_to_the_asked, rows
from harness.bench.setting import Setting
from harness.bench.turns import Side
from harness.errors import BadInput
from harness.selfcheck.machine import Machine
from harness.subject import Subject
from harness.tasks.source import Bundled


@pytest.fixture
def setting(tiny):
    """The tiny model on a machine of round figures."""
    machine = Machine("cpu", "cpu", 10**9, None, "float32", 1e9, 1e9)
    return Setting(Subject(tiny, "tiny", Bundled(), 8, None), 8, machine, ("events",), turns=1)


def test_every_row_that_was_promised_is_there():
    """Those that take minutes wait to be named."""
    assert set(rows()) == {
        "classification", "sweep_loglikelihood", "sweep_checkpoint_rewrite", "generation", "generation_paged",
        "sweep_generation", "adapters", "refill", "greedy_selection", "scoreboard", "depth_curve", "recovery",
        "recovery_last_layers", "verdict", "startup", "verify_warm", "verify_cold",
    }  # fmt: skip
    assert set(left_to_the_asked()) == {"verify_warm", "verify_cold"}


def test_an_installed_package_has_no_checks_to_run(setting, monkeypatch, tmp_path):
    """The rows say so instead of running nothing."""
    monkeypatch.setattr(processes, "ROOT", tmp_path)
    with pytest.raises(BadInput, match="the checks are run from a checkout"):
        processes.verdict(setting)


def test_looks_are_no_other_claim():
    """Anything else of the parameters is, and so is another verdict or a missing one."""
    row = {"claim": "a", "params": {"looks": "from 25 items", "ratio": 0.25}, "verdict": "reproduced"}
    side = Side("x", 2.0, {}, 0.0, 0)
    one, other = (dict([processes._decided(row | {"verdict": said})]) for said in ("reproduced", "contradicted"))

    assert one == {'a {"ratio": 0.25}': "reproduced"}
    assert processes._compared("row", "peer", Run(one, side), Run(one, side)).equal
    for theirs in (other, {}):
        found = processes._compared("row", "peer", Run(one, side), Run(theirs, side))
        assert (found.equal, found.differs) == (False, 'other verdicts of a {"ratio": 0.25}')


@pytest.mark.slow
def test_looks_decide_the_same_on_fewer_tokens(setting):
    """One claim, looked at from 25 items on, and on all 80."""
    found = processes.verdict(setting)

    assert (found.equal, found.differs) == (True, "")
    assert found.ours.counts["decoded_tokens"] < found.theirs.counts["decoded_tokens"]
    assert found.ours.counts["prefilled_tokens"] < found.theirs.counts["prefilled_tokens"] / 2


@pytest.mark.slow
def test_stored_answers_cost_no_pass(setting, monkeypatch):
    """All checks, here one, are run again from what the first run kept."""
    monkeypatch.setattr(processes, "CHECKS", processes.CLAIM)
    found = processes.verify_warm(setting)

    assert found.equal
    assert found.ours.counts["layer_passes"] == 0
    assert found.theirs.counts["layer_passes"] > 0
    assert processes.verify_cold(setting).equal


@pytest.mark.slow
def test_both_start(setting):
    """The package and its help."""
    assert [part.name for part in processes.startup(setting).parts] == ["import", "--help"]
