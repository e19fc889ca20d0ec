"""Training seeds as a second level of uncertainty."""

import random

import numpy as np
import pytest
from scipy.stats import t

from harness.decide.bootstrap import PairedTask, retention_interval
from harness.decide.seeds import (
    SeededTask,
    mean_recovered_gap,
    recovered_gap,
    recovered_retention,
    recovery_difference,
    remaining_loss,
)
from harness.errors import BadInput

FEW = 500  # resamples
BASE = (1.0,) * 40


def runs(*kept):
    """One run a share: so many of 40 items right."""
    return tuple(tuple(float(item < round(share * 40)) for item in range(40)) for share in kept)


def arm(*kept, name="t", base=BASE):
    """A one-task arm."""
    return [SeededTask(name, base, runs(*kept))]


def test_one_seed_is_the_interval_over_items():
    """Nothing is known of a spread that was not seen."""
    alone = recovered_retention(arm(0.6), resamples=FEW)
    items = retention_interval([PairedTask("t", runs(0.6)[0], BASE)], resamples=FEW)

    assert (alone.estimate, alone.low, alone.high) == (items.estimate, items.low, items.high)
    assert (alone.seeds, items.seeds) == (1, 0)


def test_equal_seeds_add_nothing_and_unequal_ones_widen():
    """Three runs that agree have the interval of one; a spread of .1 makes it wider on both sides."""
    agree, spread = (recovered_retention(arm(*kept), resamples=FEW) for kept in ((0.6,) * 3, (0.5, 0.6, 0.7)))

    assert agree.estimate == pytest.approx(0.6) == spread.estimate
    assert spread.low < agree.low < agree.high < spread.high
    assert spread.seeds == 3


def test_the_width_by_seeds_alone_is_students():
    """With so many items that they decide nothing, the half-width is t(2) times the standard error of three runs."""
    base = (1.0,) * 20_000
    kept = (0.5, 0.6, 0.7)
    many = tuple(tuple(float(item < share * 20_000) for item in range(20_000)) for share in kept)

    found = recovered_retention([SeededTask("t", base, many)], resamples=FEW)

    half = t.ppf(0.975, 2) * np.std(kept, ddof=1) / np.sqrt(3)
    assert found.high - found.estimate == pytest.approx(half, rel=0.02)
    assert found.estimate - found.low == pytest.approx(half, rel=0.02)


def test_remaining_loss_mirrors_retention():
    """1 - retention, ends swapped."""
    kept, lost = recovered_retention(arm(0.5, 0.7), resamples=FEW), remaining_loss(arm(0.5, 0.7), resamples=FEW)

    assert lost.estimate == pytest.approx(1 - kept.estimate)
    assert (lost.low, lost.high) == (pytest.approx(1 - kept.high), pytest.approx(1 - kept.low))


def test_a_gap_between_groups_of_one_recovery():
    """.9 of one group and .5 of the other, seed by seed."""
    gap = recovered_gap(arm(0.9, 0.9), arm(0.5, 0.5, name="u"), resamples=FEW)

    assert gap.estimate == pytest.approx(0.4)
    assert gap.low > 0.1


def test_two_recoveries_may_have_different_numbers_of_seeds():
    """A control is often trained once; the fewer seeds are reported."""
    found = recovery_difference(arm(0.8, 0.9, 0.85), arm(0.4), resamples=FEW)

    assert found.estimate == pytest.approx(0.45, abs=0.02)
    assert found.seeds == 1
    assert found.p_value < 0.05


def test_recoveries_of_different_bases_are_not_subtracted():
    """Their retentions are shares of different scores."""
    with pytest.raises(BadInput, match="expected the same tasks with the same base scores"):
        recovery_difference(arm(0.8), arm(0.8, base=(0.0, *BASE[1:])), resamples=FEW)


@pytest.mark.parametrize(
    ("tasks", "says"),
    [
        ([SeededTask("t", BASE, ())], "expected at least 1 run"),
        ([SeededTask("t", BASE, ((1.0,),))], r"runs of \[1\] items for 40 base scores"),
        ([*arm(0.5, 0.5), *arm(0.5, name="u")], r"\[2, 1\] training seeds"),
    ],
)
def test_runs_that_do_not_belong_together_are_refused(tasks, says):
    """One sentence each."""
    with pytest.raises(BadInput, match=says):
        recovered_retention(tasks, resamples=FEW)


def test_the_interval_covers_the_truth_though_seeds_differ():
    """True retention .6, three seeds with a spread of .05, 100 items: 95 % of 150 intervals hold it; 90 % must."""
    rng = random.Random(0)

    def covers():
        shifted = [0.6 + rng.gauss(0, 0.05) for _ in range(3)]
        answers = tuple(tuple(float(rng.random() < share) for _ in range(100)) for share in shifted)
        found = recovered_retention([SeededTask("t", (1.0,) * 100, answers)], resamples=FEW)
        return found.low <= 0.6 <= found.high

    assert sum(covers() for _ in range(150)) >= 135


def test_the_mean_of_gaps_is_the_gap_where_there_is_one():
    """Bit for bit; and of a gap told twice, on the same items, too."""
    rng = np.random.default_rng(5)
    spared, hit = (
        [SeededTask(name, (1.0,) * 40, (tuple(rng.integers(0, 2, 40).astype(float)),), items=name)] for name in "ab"
    )
    once = recovered_gap(spared, hit, resamples=500)

    assert mean_recovered_gap([(spared, hit)], resamples=500) == once
    twice = mean_recovered_gap([(spared, hit), (spared, hit)], resamples=500)
    assert (twice.estimate, twice.low, twice.high, twice.n) == pytest.approx((once.estimate, once.low, once.high, 80))


def test_the_mean_of_gaps_is_the_mean_of_their_estimates():
    """Whatever the numbers of tasks in each; with items of its own for each it is surer than one."""
    rng = np.random.default_rng(6)
    tasks = [SeededTask(str(k), (1.0,) * 60, (tuple(rng.integers(0, 2, 60).astype(float)),)) for k in range(6)]
    gaps = [(tasks[:2], tasks[2:3]), (tasks[3:4], tasks[4:])]
    each = [recovered_gap(*gap, resamples=500) for gap in gaps]
    found = mean_recovered_gap(gaps, resamples=500)

    assert found.estimate == pytest.approx(sum(one.estimate for one in each) / 2)
    assert found.high - found.low < max(one.high - one.low for one in each)
