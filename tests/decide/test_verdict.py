import math

import pytest

from harness.decide.multiplicity import bonferroni_confidence, holm
from harness.decide.noise import flip_rate, same_within
from harness.decide.paired import mcnemar
from harness.decide.verdict import decide, items_to_decide, reason
from harness.errors import BadInput


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [(0.2, 0.4, "reproduced"), (-0.1, 0.05, "contradicted"), (0.05, 0.2, "inconclusive"), (0.1, 0.1, "inconclusive")],
)
def test_verdict_compares_the_whole_interval_with_the_minimum(low, high, verdict):
    """Only an interval that clears the minimum decides."""
    assert verdict == decide(low, high, 0.1)


def test_items_to_decide_by_hand():
    """An interval twice as wide as the distance to the minimum needs four times the items."""
    assert items_to_decide(0.2, 0.0, 0.4, 0.1, 100) == 400
    assert items_to_decide(0.1, 0.0, 0.2, 0.1, 100) is None


def test_reason_names_the_figures():
    """An inconclusive verdict says how many items would decide it."""
    assert "about 400 items would decide it" in reason("inconclusive", 0.2, 0.0, 0.4, 0.1, 400)


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


def test_undefined_interval_names_no_number_of_items():
    """More items do not help where there is no width to shrink."""
    assert items_to_decide(0.2, math.nan, math.nan, 0.1, 100) is None


@pytest.mark.parametrize(
    ("moved", "n", "same"), [(2.0, 100, True), (3.0, 100, False), (1.0, 10, True), (1.5, 10, False)]
)
def test_same_within_forgives_the_floor_or_one_item(moved, n, same):
    """2 % of 100 items is two; of 10 items it would be none, so one is allowed."""
    assert same == same_within(9.0, 9.0 - moved, n, 0.02)
