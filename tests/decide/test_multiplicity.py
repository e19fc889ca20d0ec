"""Having looked many times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.decide.multiplicity import bonferroni_confidence, holm
from harness.errors import BadInput


def test_holm_by_hand():
    """.01 * 3, .02 * 2, and never less than the one before."""
    assert holm([0.04, 0.01, 0.02]) == pytest.approx((0.04, 0.03, 0.04))
    assert holm([]) == ()


@given(st.lists(st.floats(0.0001, 1), min_size=1, max_size=12))
def test_holm_only_raises_and_keeps_the_order(p_values):
    """An adjusted p is at least the p, at most 1, and as the ps are ordered."""
    adjusted = holm(p_values)

    assert all(p <= after <= 1 for p, after in zip(p_values, adjusted, strict=True))
    assert [adjusted[i] for i in sorted(range(len(p_values)), key=p_values.__getitem__)] == sorted(adjusted)


def test_twenty_looks_need_a_coverage_of_9975():
    """.05 is shared among them."""
    assert bonferroni_confidence(0.95, 20) == pytest.approx(0.9975)


@pytest.mark.parametrize(("confidence", "looks"), [(0.95, 0), (1.0, 3), (0.0, 3)])
def test_no_looks_and_no_share_are_refused(confidence, looks):
    """One sentence with the values."""
    with pytest.raises(BadInput, match="expected a share between 0 and 1, and at least 1 look"):
        bonferroni_confidence(confidence, looks)
