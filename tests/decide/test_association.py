"""Spearman's correlation over layers, with an interval over items."""

import random

import pytest
from scipy.stats import spearmanr

from harness.decide.association import spearman_over_layers
from harness.errors import BadInput

FEW = 200  # resamples


def table(means, items=60, seed=0):
    """Layers whose items are right with a probability each."""
    rng = random.Random(seed)
    return [[float(rng.random() < mean) for _ in range(items)] for mean in means]


def test_the_estimate_is_scipys():
    """On the layers' means."""
    first, second = table((0.1, 0.5, 0.3, 0.9, 0.6)), table((0.2, 0.4, 0.8, 0.7, 0.1), seed=1)
    exact = spearmanr([sum(row) / 60 for row in first], [sum(row) / 60 for row in second]).statistic

    assert spearman_over_layers(first, second, resamples=FEW).estimate == pytest.approx(exact)


def test_what_rises_together_has_an_interval_above_zero():
    """Twelve layers, the same order in both measures."""
    means = [layer / 12 for layer in range(12)]
    found = spearman_over_layers(table(means), table(means, seed=1), resamples=FEW)

    assert found.low > 0.5
    assert found.p_value < 0.05


def test_what_is_unrelated_has_an_interval_around_zero():
    """An order and its scramble."""
    first = table([layer / 8 for layer in range(8)])
    second = table([0.5, 0.1, 0.8, 0.3, 0.9, 0.2, 0.6, 0.4], seed=1)
    found = spearman_over_layers(first, second, resamples=FEW)

    assert found.low < 0 < found.high


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ([[1, 0]] * 2, [[1, 0]] * 2, "at least 3 layers and 2 items"),
        ([[1, 0]] * 3, [[1, 0, 1]] * 3, "expected the same for both"),
        ([[1, 0], [1], [0, 1]], [[1, 0]] * 3, "expected as many in every layer"),
        ([[1, float("nan")]] * 3, [[1, 0]] * 3, "not a finite number"),
        ([[1, 0]] * 3, [[1, 0], [0, 0], [1, 1]], "has no ranks"),
    ],
)
def test_what_has_no_ranks_is_refused(first, second, says):
    """One sentence each."""
    with pytest.raises(BadInput, match=says):
        spearman_over_layers(first, second, resamples=FEW)
