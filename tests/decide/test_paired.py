"""McNemar's exact test."""

import pytest
from scipy.stats import binomtest

from harness.decide.paired import mcnemar
from harness.errors import BadInput


def test_only_the_items_that_changed_count():
    """Nine lost and one gained of a hundred: the binomial test of 1 in 10."""
    base = (1.0,) * 9 + (0.0,) + (1.0,) * 90
    pruned = (0.0,) * 9 + (1.0,) + (1.0,) * 90
    found = mcnemar(base, pruned)

    assert (found.lost, found.gained) == (9, 1)
    assert found.p_value == pytest.approx(binomtest(1, 10).pvalue)


def test_scores_between_right_and_wrong_are_refused():
    """ROUGE has no McNemar."""
    with pytest.raises(BadInput, match="needs 0/1 scores of the same items before and after"):
        mcnemar((0.5,), (1.0,))
