"""Random weights on items, held against exact intervals."""

import numpy as np
import pytest
from scipy.stats import binomtest

from harness.decide.bootstrap import PairedTask, score_drop
from harness.decide.resample import draw

RESAMPLES = 40_000


@pytest.mark.parametrize(("wrong", "n"), [(0, 20), (1, 20), (7, 20), (20, 20), (30, 100)])
def test_one_task_of_right_or_wrong_answers_has_the_clopper_pearson_interval(wrong, n):
    """The drop of a base that is always right is a binomial share, whose exact interval scipy knows."""
    task = PairedTask("t", (0.0,) * wrong + (1.0,) * (n - wrong), (1.0,) * n)
    exact = binomtest(wrong, n).proportion_ci(0.95, method="exact")

    drop = score_drop(task, resamples=RESAMPLES)

    # the imagined item may also take from the base, which can make the drop negative: only the lower end differs
    assert drop.high == pytest.approx(exact.high, abs=0.01)
    assert drop.low <= exact.low + 0.01


def test_weights_are_the_same_for_both_scores_of_an_item():
    """A variant that equals the base keeps all of it in every resample but for the imagined item."""
    scores = np.column_stack([np.tile([0.0, 1.0], 500)] * 2)
    draws = draw([scores], lambda after, before: before[0] - after[0], 500, seed=0)

    assert np.abs(draws.pessimistic).max() < 0.02
    assert np.abs(draws.optimistic).max() < 0.02


def test_the_same_seed_gives_the_same_draws():
    """Two runs agree bit for bit; another seed does not."""
    scores = np.column_stack([np.tile([0.0, 1.0, 1.0], 10), np.ones(30)])

    def drawn(seed):
        return draw([scores], lambda after, before: before[0] - after[0], 100, seed=seed).pessimistic

    assert np.array_equal(drawn(1), drawn(1))
    assert not np.array_equal(drawn(1), drawn(2))
