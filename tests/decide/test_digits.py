"""Figures in words never look as if they lay on the other side of what they are held against."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.decide.digits import figure, in_words
from harness.decide.verdict import decide

SHARES = st.floats(-2, 2, allow_nan=False)


@pytest.mark.parametrize(
    ("value", "beside", "shown"),
    [(0.6998, None, "0.700"), (0.6998, 0.7, "0.6998"), (0.69999999, 0.7, "0.69999999"), (0.7, 0.7, "0.700"),
     (0.7004, 0.7, "0.7004"), (0.712, 0.7, "0.712"), (None, 0.7, "undefined"), (float("nan"), 0.7, "nan")],
)  # fmt: skip
def test_a_figure_has_the_digits_that_it_needs(value, beside, shown):
    """Three, and more where three would put it on what it is held against, or beyond."""
    assert figure(value, beside) == shown


def test_an_interval_has_a_sign_or_fewer_digits_where_asked():
    """Each of its three figures by itself."""
    assert in_words(0.85, 0.6998, 0.9, 0.7, sign="+") == "+0.850 [+0.6998, +0.900]"
    assert in_words(0.85, 0.6998, 0.9, 0.7, fewest=2) == "0.85 [0.6998, 0.90]"


@given(SHARES, SHARES, st.sampled_from([0.03, 0.1, 0.7, 0.95, 0.0305]))
def test_what_is_shown_has_the_verdict_of_what_was_measured(one, other, minimum):
    """Whoever reads the figures and the minimum comes to the verdict that stands beside them."""
    low, high = sorted((one, other))
    first, last = in_words(low, low, high, minimum).split("[")[1].removesuffix("]").split(", ")
    assert decide(float(first), float(last), minimum) == decide(low, high, minimum)


def test_numbers_of_numpy_are_figures_too():
    """Means of arrays are shown beside a minimum as any number is."""
    import numpy as np

    assert figure(np.float64(0.6998), np.float64(0.7)) == figure(0.6998, 0.7)
