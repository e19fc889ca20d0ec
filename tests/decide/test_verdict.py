"""Verdicts, the conditions that they wait for, and tests on one task's outcomes."""

import math

import pytest

from harness.decide.bootstrap import Interval
from harness.decide.design import Condition, Design
from harness.decide.multiplicity import bonferroni_confidence, holm
from harness.decide.noise import flip_rate, same_within
from harness.decide.paired import mcnemar
from harness.decide.verdict import POWER, decide, judge, reason_of, times_as_many
from harness.errors import BadInput


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.2, 0.4, "reproduced"), (-0.1, 0.05, "contradicted"), (0.05, 0.2, "inconclusive"), (0.1, 0.1, "inconclusive")],
)
def test_verdict_compares_the_whole_interval_with_the_minimum(low, high, verdict):
    """Only an interval that clears the minimum decides."""
    assert verdict == decide(low, high, 0.1)


def interval(estimate, low, high, **more):
    """An interval of 100 items."""
    return Interval(estimate, low, high, 0.95, 0.5, 100, **more)


def test_more_items_by_hand():
    """A width of twice the distance to the minimum: four times the items touch it, 2.04 as many have power."""
    assert times_as_many(interval(0.2, 0.0, 0.4), 0.1) == pytest.approx(POWER * 4)
    assert times_as_many(interval(0.1, 0.0, 0.2), 0.1) is None
    assert times_as_many(interval(0.2, math.nan, math.nan), 0.1) is None


def test_no_number_of_items_outweighs_the_seeds():
    """Items of no width, seeds that alone reach the minimum: another training could come out otherwise."""
    assert times_as_many(interval(0.2, 0.05, 0.35, of_items=(0.19, 0.21)), 0.1) is None
    assert times_as_many(interval(0.2, 0.09, 0.31, of_items=(0.1, 0.3)), 0.1) == pytest.approx(
        POWER * 0.1**2 / (0.1**2 - (0.11**2 - 0.1**2))
    )


@pytest.mark.parametrize(
    ("estimate", "low", "high", "says"),
    [
        (-0.2, -0.3, -0.1, "it goes the other way"),
        (0.0, -0.05, 0.05, "no effect is seen, or one smaller than the claim says"),
        (0.05, 0.02, 0.08, "it is smaller than the claim says"),
    ],
)
def test_a_contradiction_says_which_of_two_things_it_is(estimate, low, high, says):
    """The other way or nil, or there but smaller."""
    assert reason_of("contradicted", interval(estimate, low, high), 0.1).endswith(says)


def constant(**options):
    """A design whose effect is whatever interval the evidence holds."""
    return Design("x", "An example", lambda evidence, _: evidence["effect"], 0.1, "u", {"effect": "lost"}, **options)


def test_a_sweep_is_contradicted_by_its_most_open_layer():
    """The layer with the highest lower end is not the one whose upper end must lie below the minimum."""
    narrow, open_ = interval(0.0, -0.07, 0.066), interval(0.185, -0.154, 0.441)
    judged = judge(constant(sweep=True), [{"effect": narrow}, {"effect": open_}])

    assert judged.verdict == "inconclusive"
    assert judge(constant(sweep=True), [{"effect": narrow}] * 2).verdict == "contradicted"


def test_a_layer_that_fails_a_condition_decides_nothing():
    """The clearest layer falls silent: the next one decides."""
    silent = Condition("answers", lambda evidence, _: evidence["answers"], 0.1, "silent: {measured}", "do less")
    clear, weak = interval(0.9, 0.8, 1.0), interval(0.05, 0.0, 0.09)
    layers = [{"effect": clear, "answers": interval(0.0, 0.0, 0.02)}, {"effect": weak, "answers": clear}]
    judged = judge(constant(sweep=True, conditions=(silent,)), layers)

    assert (judged.verdict, judged.place) == ("contradicted", 1)
    alone = judge(constant(conditions=(silent,)), layers[0])
    assert alone.verdict == "not testable"
    assert alone.reason == "silent: 0.000 [0.000, 0.020]; to make it testable, do less"


def test_what_a_condition_measured_is_shown_with_its_own_p_value():
    """Measured once per layer, and its p-value is for what the condition demands, not for the claim's minimum."""
    nulls = []

    def answers(_, at):
        nulls.append(at.null)
        return interval(0.9, 0.8, 1.0)

    design = constant(conditions=(Condition("answers", answers, 0.4, "{measured}", "do less"),))
    judged = judge(design, {"effect": interval(0.9, 0.8, 1.0)})

    assert (nulls, list(judged.conditions)) == ([0.4], ["answers"])


def test_a_condition_may_block_one_side_only():
    """Without an effective recovery, too little kept is no contradiction; enough kept is still enough."""
    moved = Condition(
        "moved", lambda evidence, _: evidence["gain"], 0.0, "{measured}", "train", blocks=("contradicted",)
    )
    design, useless = constant(conditions=(moved,)), interval(0.0, -0.1, 0.1)

    assert judge(design, {"effect": interval(0.5, 0.4, 0.6), "gain": useless}).verdict == "reproduced"
    assert judge(design, {"effect": interval(0.1, 0.0, 0.2), "gain": useless}).verdict == "inconclusive"
    assert judge(design, {"effect": interval(0.0, -0.1, 0.05), "gain": useless}).verdict == "not testable"


def test_an_effect_whose_ends_are_swapped_is_refused():
    """It would lie above the minimum and below it at once."""
    with pytest.raises(BadInput, match=r"interval from 0\.9 to 0\.1; expected numbers, the lower end first"):
        judge(constant(), {"effect": interval(0.5, 0.9, 0.1)})


def test_mcnemar_by_hand():
    """Five lost, none gained: 2 * (1/2)^5."""
    result = mcnemar([1.0] * 8, [1.0] * 3 + [0.0] * 5)

    assert (result.lost, result.gained) == (5, 0)
    assert pytest.approx(0.0625) == result.p_value


def test_mcnemar_refuses_graded_scores():
    """ROUGE is not right or wrong."""
    with pytest.raises(BadInput, match="McNemar's test needs 0/1 scores"):
        mcnemar([0.5], [1.0])


def test_multiplicity():
    """Holm by hand for two values; Bonferroni splits the error."""
    assert pytest.approx((0.02, 0.04)) == holm([0.01, 0.04])
    assert pytest.approx(0.995) == bonferroni_confidence(0.95, 10)


def test_flip_rate():
    """Share of items that differ."""
    assert flip_rate([1, 1, 0, 0], [1, 0, 0, 0]) == 0.25
    with pytest.raises(BadInput, match="expected the same items twice"):
        flip_rate([1], [1, 2])


@pytest.mark.parametrize(
    ("moved", "n", "same"), [(2.0, 100, True), (3.0, 100, False), (1.0, 10, True), (1.5, 10, False)]
)
def test_same_within_forgives_the_floor_or_one_item(moved, n, same):
    """2 % of 100 items is two; of 10 items it would be none, so one is allowed."""
    assert same == same_within(9.0, 9.0 - moved, n, 0.02)


@pytest.mark.parametrize(
    ("evidence", "says"),
    [
        ({"before": []}, "the evidence has before and lacks 'effect'; expected the scores of effect, answered"),
        ({"effect": []}, "the evidence has effect and lacks 'answered'"),
        ([], "0 evidences; expected one a removed layer, at least 1"),
    ],
)
def test_evidence_that_lacks_a_role_is_refused(evidence, says):
    """Also one that only conditions look at, which may never be asked."""
    with pytest.raises(BadInput, match=f"claim x: {says}"):
        judge(constant(seen=("answered",)), evidence)
