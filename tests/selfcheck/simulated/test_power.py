"""How often claims are decided wrongly, and rightly, on answers whose truth is known.

A quick form of `python -m harness power`, whose table is in docs/statistics.md: 60 items per task, a base of .6, and
four layers.
"""

from dataclasses import replace

import pytest

from harness.decide.designs import DESIGNS
from harness.selfcheck.simulated.orders import Votes
from harness.selfcheck.simulated.power import errors, found_in, rates
from harness.selfcheck.simulated.setting import Asked, Setting
from harness.selfcheck.simulated.truth import Truth
from harness.selfcheck.simulated.truths import truths_of
from harness.selfcheck.simulated.worlds import Answers, Arm

FEW = 400  # resamples
SWEPT = 4  # layers


def setting_of(claim, items=60, base=0.6):
    """Two open tasks a role, three choices where the role is spared."""
    design = DESIGNS[claim]
    choices = tuple(Asked(f"choice {place}", items, base, 4) for place in range(3))
    open_ = tuple(Asked(f"open {place}", items, base) for place in range(2))
    rare = (Asked("code", items, 0.02),)
    roles = {
        role: choices if role.startswith(("spared", "knowledge")) else rare if prediction == "rises" else open_
        for role, prediction in design.roles.items()
    }
    layers = SWEPT if design.sweep or design.ordered else 1
    return Setting(roles, layers, 3 if design.trains else 1, 0.03 if design.trains else 0.0)


def counted(kind, runs, **size):
    """Wrong decisions of every truth of a kind, over all claims, and all runs."""
    wrong = total = 0
    for claim, design in DESIGNS.items():
        setting = setting_of(claim, **size)
        for truth in truths_of(claim).every():
            if truth.kind == kind and truth.world.possible(design, setting):
                found = rates(design, setting, truth, runs, resamples=FEW)
                wrong += sum(round(getattr(found, verdict) * runs) for verdict in truth.wrong)
                total += runs
    return wrong, total


def test_nulls_are_hardly_ever_decided():
    """A guesser, a mute model, floors, a base at chance, idle and ruinous recoveries, letters: of every claim."""
    wrong, runs = counted("null", 3)

    assert runs > 200
    assert wrong <= 0.02 * runs


def test_an_effect_of_just_the_minimum_is_hardly_ever_decided():
    """Neither way."""
    wrong, runs = counted("minimum", 5)

    assert runs > 150
    assert wrong <= 0.05 * runs


@pytest.mark.parametrize(
    ("claim", "items"),
    [("classification-vs-generative-gap", 200), ("arithmetic-drop", 200), ("self-generated-beats-external", 400)],
)
def test_what_the_paper_reports_is_seen(claim, items):
    """At the sizes of the tiny tier, and a base of .9."""
    (paper,) = (truth for truth in truths_of(claim).every() if truth.kind == "paper")

    assert rates(DESIGNS[claim], setting_of(claim, items, 0.9), paper, 8, resamples=FEW).reproduced > 0.7


@pytest.mark.parametrize(
    ("claim", "null", "verdict"),
    [
        ("classification-vs-generative-gap", "a guesser", "contradicted"),
        ("recovery-ceiling", "a useless recovery", "reproduced"),
        ("more-training-does-not-restore", "a destroyed recovery", "reproduced"),
        ("arithmetic-drop", "a mute model", "reproduced"),
        ("self-generated-beats-external", "both arms at the floor", "contradicted"),
    ],
)
def test_without_its_conditions_a_claim_is_decided_on_nothing(claim, null, verdict):
    """So the simulated world is one that a verdict could come of, and the count above is of a rule that works."""
    (truth,) = (truth for truth in truths_of(claim).every() if truth.name == null)
    bare = replace(DESIGNS[claim], conditions=())
    found = rates(bare, setting_of(claim, 300, 0.9), truth, 5, resamples=FEW)

    assert getattr(found, verdict) > 0.5
    assert rates(DESIGNS[claim], setting_of(claim, 300, 0.9), truth, 5, resamples=FEW).not_testable == 1


TWO_RECOVERIES = [claim for claim, design in DESIGNS.items() if "the second recovery ruined nothing" in str(design)]


@pytest.mark.parametrize("claim", TWO_RECOVERIES)
@pytest.mark.parametrize(("arm", "verdict"), [("second", "reproduced"), ("first", "contradicted")])
def test_against_a_training_that_broke_its_model_nothing_is_shown(claim, arm, verdict):
    """One arm recovers and the other's ends at nothing: any recovery would have won."""
    design, setting = DESIGNS[claim], setting_of(claim, 100, 0.9)
    (truth,) = (truth for truth in truths_of(claim).every() if truth.name == f"the {arm} arm was ruined")
    without = replace(design, conditions=tuple(c for c in design.conditions if "ruined" not in c.name))

    assert getattr(rates(without, setting, truth, 3, resamples=FEW), verdict) == 1
    assert rates(design, setting, truth, 3, resamples=FEW).not_testable == 1


def test_every_claim_that_compares_two_recoveries_has_a_ruined_arm_among_its_nulls():
    """What is compared says `first` and `second`, and was trained."""
    compared = [
        claim for claim, design in DESIGNS.items() if design.trains and set(design.roles) == {"first", "second"}
    ]

    assert compared == TWO_RECOVERIES
    assert len(compared) == 5


def test_a_gain_that_is_not_there_cannot_shrink():
    """All drawn answers right before, a quarter after: a vote gains more then, which says nothing of the claim."""
    design, setting = DESIGNS["test-time-scaling-shrinks"], setting_of("test-time-scaling-shrinks", 150, 1.0)
    lost = Truth("a quarter", "null", Votes(0.25))

    assert rates(replace(design, conditions=()), setting, lost, 3, resamples=FEW).contradicted == 1
    assert rates(design, setting, lost, 3, resamples=FEW).not_testable == 1


def test_the_base_is_asked_first(monkeypatch):
    """What its first items refuse is not asked of a variant."""
    (truth,) = (t for t in truths_of("classification-vs-generative-gap").every() if t.name == "a base at chance")
    monkeypatch.setattr(Answers, "evidence", lambda *_: pytest.fail("a variant was asked"))
    found = rates(DESIGNS["classification-vs-generative-gap"], setting_of("classification-vs-generative-gap"), truth, 3)

    assert found.not_testable == 1


def test_a_run_is_the_same_whatever_was_simulated_before():
    """Its answers depend on seed, run and truth alone."""
    claim = "arithmetic-drop"
    (truth,) = (truth for truth in truths_of(claim).every() if truth.kind == "untrue")
    once = rates(DESIGNS[claim], setting_of(claim), truth, 6, resamples=FEW)

    assert rates(DESIGNS[claim], setting_of(claim), truth, 6, resamples=FEW) == once
    assert sum((once.reproduced, once.contradicted, once.inconclusive, once.not_testable)) == pytest.approx(1)


def test_errors_are_what_an_allowed_rate_would_seldom_give():
    """Ten of 100 nulls reproduced are more than 5 % can be; seven may be luck; contradicting an untruth is none."""
    found = rates(DESIGNS["arithmetic-drop"], setting_of("arithmetic-drop"), Truth("t", "null", Answers(
        {"hit": Arm(), "answered": Arm()})), 1, resamples=FEW)  # fmt: skip
    null, untrue = (Truth("t", kind, Answers({})) for kind in ("null", "untrue"))
    often = replace(found, runs=100, reproduced=0.10, contradicted=0.07)

    assert errors(null, often) == ["reproduced"]
    assert errors(untrue, replace(often, reproduced=0.0, contradicted=1.0)) == []


def test_a_verdict_comes_of_one_run():
    """One of the four."""
    import numpy as np

    claim = "arithmetic-drop"
    (truth,) = (truth for truth in truths_of(claim).every() if truth.kind == "untrue")
    rng = np.random.default_rng(0)

    assert found_in(DESIGNS[claim], setting_of(claim, 400, 0.9), truth.world, rng, FEW).verdict == "contradicted"
