"""Effects that one side earns alone: a gap of gains, a loss by a training that broke."""

import pytest

from harness.decide.designs import DESIGNS
from harness.decide.seeds import SeededTask
from harness.decide.verdict import judge

N = 200


def answers(share, n=N):
    """So many right of so many."""
    right = round(share * n)
    return (1.0,) * right + (0.0,) * (n - right)


def task(name, base, run):
    """A task of open answers whose right items of base and run are nested."""
    return SeededTask(name, answers(base), (answers(run),))


@pytest.mark.parametrize("claim", ["classification-vs-generative-gap", "single-layer-sensitivity"])
def test_a_gap_is_not_reproduced_where_generation_lost_nothing(claim):
    """Classification rose from .40 to .60 of its items and generation stayed; before, that was reproduced."""
    evidence = {"spared": [task("choice", 0.4, 0.6)], "hit": [task("chain", 0.6, 0.6)]}
    judged = judge(DESIGNS[claim], evidence)

    assert judged.interval.low > DESIGNS[claim].minimum
    assert judged.verdict == "not testable"
    assert "the other side's gain" in judged.reason


def test_a_recovery_that_lost_nothing_has_no_ceiling():
    """The pruned model had lost half of its generation, and all of it came back."""
    evidence = {
        "spared": [task("choice", 0.4, 0.6)], "hit": [task("chain", 0.6, 0.6)], "before": [task("chain", 0.6, 0.3)],
    }  # fmt: skip

    assert judge(DESIGNS["recovery-ceiling"], evidence).verdict == "not testable"


def test_a_gap_of_real_losses_still_is():
    """Classification keeps what generation loses."""
    evidence = {"spared": [task("choice", 0.6, 0.6)], "hit": [task("chain", 0.6, 0.2)]}

    assert judge(DESIGNS["classification-vs-generative-gap"], evidence).verdict == "reproduced"


def test_a_training_that_broke_says_nothing_about_more_of_it():
    """Half of the budget had restored everything, the whole budget lost it again."""
    evidence = {
        "hit": [task("chain", 0.8, 0.5)], "earlier": [task("chain", 0.8, 0.79)], "before": [task("chain", 0.8, 0.1)],
    }  # fmt: skip
    judged = judge(DESIGNS["more-training-does-not-restore"], evidence)

    assert judged.verdict == "not testable"
    assert "may have undone" in judged.reason
