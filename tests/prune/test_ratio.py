import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.prune.ratio import layer_count


@pytest.mark.parametrize(
    ("ratio", "depth", "count"), [(0.25, 28, 7), (0.25, 32, 8), (0.25, 26, 6), (0.25, 12, 3), (0.1, 30, 3)]
)
def test_counts_of_the_papers_models(ratio, depth, count):
    """A quarter of 28, 32 and 26 layers is what the paper's runs removed."""
    assert count == layer_count(ratio, depth)


@pytest.mark.parametrize("ratio", [1.5, 1.0, 0.0, -0.25, math.nan, math.inf])
def test_what_is_no_share_is_refused(ratio):
    """A ratio outside (0, 1) is named and refused."""
    with pytest.raises(BadInput, match=f"ratio {ratio} is not between 0 and 1"):
        layer_count(ratio, 32)


def test_a_ratio_that_removes_nothing_is_refused():
    """A share too small for the model says which share would do."""
    with pytest.raises(BadInput, match=r"ratio 0.05 of 12 layers removes none; use at least 0.09"):
        layer_count(0.05, 12)


@given(st.integers(2, 200), st.floats(0.01, 0.99))
def test_never_more_than_the_share(depth, ratio):
    """Rounding is down, and some layer always stays."""
    if ratio * depth >= 1:
        assert 1 <= layer_count(ratio, depth) <= ratio * depth + 1e-6 < depth


def test_a_ratio_that_removes_everything_is_refused():
    """A ratio within rounding of 1 leaves no layer, and is refused."""
    with pytest.raises(BadInput, match=r"of 32 layers removes all of them; use at most 0.97"):
        layer_count(1 - 1e-12, 32)


@pytest.mark.parametrize(("ratio", "depth", "count"), [(0.1, 32, 3), (0.12, 26, 3), (0.1, 26, 2)])
def test_counts_of_small_ratios(ratio, depth, count):
    """A tenth is rounded down: 3 of 32, and 2 of 26."""
    assert count == layer_count(ratio, depth)


def test_a_model_of_one_layer_has_none_to_spare():
    """No ratio helps, and none is proposed."""
    with pytest.raises(BadInput, match="the model has one layer, and it must stay; name a deeper model"):
        layer_count(0.5, 1)
