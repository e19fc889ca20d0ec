"""What must hold of every interval, whatever the scores."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.decide.bootstrap import PairedTask, retention_gap, retention_interval, score_drop
from harness.decide.retention import retention
from harness.decide.verdict import decide

FEW = 300  # resamples; enough for a property
SPARED = PairedTask("spared", (1.0, 1.0, 1.0, 0.0) * 8, (1.0, 1.0, 1.0, 1.0) * 8)
HIT = PairedTask("hit", (1.0, 0.0, 0.0, 0.0) * 8, (1.0, 1.0, 1.0, 1.0) * 8)
# the base is right often enough for no resample to lose it
pairs = st.lists(st.tuples(st.just(1.0), st.sampled_from([0.0, 1.0])), min_size=3, max_size=30)


def task(drawn):
    """A PairedTask from (base, pruned) pairs."""
    return PairedTask("t", tuple(p for _, p in drawn), tuple(b for b, _ in drawn))


@settings(deadline=None, max_examples=20)
@given(pairs, st.randoms())
def test_order_of_items_does_not_move_the_estimate(drawn, rng):
    """Shuffling the items, pairs kept, leaves the estimate."""
    shuffled = list(drawn)
    rng.shuffle(shuffled)

    assert score_drop(task(drawn), resamples=FEW).estimate == score_drop(task(shuffled), resamples=FEW).estimate


@settings(deadline=None, max_examples=20)
@given(pairs)
def test_swapping_before_and_after_mirrors_the_drop(drawn):
    """The drop from pruned to base is minus the drop from base to pruned, interval and all."""
    there, back = task(drawn), task([(pruned, base) for base, pruned in drawn])
    drop, rise = score_drop(there, resamples=FEW), score_drop(back, resamples=FEW)

    assert pytest.approx((-drop.estimate, -drop.high, -drop.low)) == (rise.estimate, rise.low, rise.high)
    assert pytest.approx(drop.p_value) == rise.p_value


def test_swapping_groups_turns_the_sign_of_the_gap():
    """.75 - .25, and the other way round."""
    assert retention_gap([SPARED], [HIT], resamples=FEW).estimate == 0.5
    assert retention_gap([HIT], [SPARED], resamples=FEW).estimate == -0.5


def test_a_group_counts_its_tasks_equally():
    """Ratio first, then mean: a task with eight times the items weighs no more."""
    small = PairedTask("small", (0.0, 1.0), (1.0, 1.0))
    kept = retention_interval([SPARED, small], resamples=FEW)

    assert kept.estimate == (0.75 + 0.5) / 2
    assert kept.n == 34


@pytest.mark.parametrize("score", [0.0, 0.1, 0.3, 1.0])
def test_equal_items_give_an_interval_that_more_items_narrow(score):
    """Seven items that agree decide little and seventy more; nothing warns, and the estimate lies inside."""
    few, many = (retention_interval([PairedTask("t", (score,) * n, (0.7,) * n)], resamples=FEW) for n in (7, 70))

    assert few.estimate == pytest.approx(retention([score], [0.7]))
    assert many.low <= few.estimate <= many.high
    assert many.high - many.low < few.high - few.low


def test_a_base_with_one_right_item_has_a_finite_interval():
    """Every weighting of a base with one right item of four leaves it something to retain."""
    kept = retention_interval([PairedTask("t", (1.0, 0.0, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0))], resamples=FEW)

    assert 0.0 <= kept.low <= kept.estimate == 1.0 <= kept.high < float("inf")


def test_no_gap_is_rarely_reproduced():
    """Two groups hit alike: an interval lies above 0 in about 2.5 % of runs; 200 runs allow 8 %."""
    rng = random.Random(0)

    def hit_alike():
        return PairedTask("t", *(tuple(float(rng.random() < p) for _ in range(80)) for p in (0.5, 0.8)))

    gaps = [retention_gap([hit_alike()], [hit_alike()], resamples=FEW) for _ in range(200)]

    assert sum(decide(gap.low, gap.high, 0.0) == "reproduced" for gap in gaps) <= 16
