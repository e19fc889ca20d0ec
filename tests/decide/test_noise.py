"""Numerics that are not an effect."""

import pytest

from harness.decide.noise import flip_rate, same_within
from harness.errors import BadInput


def test_flips_are_counted_item_by_item():
    """Two of four differ, though the totals are equal."""
    assert flip_rate((1.0, 0.0, 1.0, 0.0), (0.0, 1.0, 1.0, 0.0)) == 0.5


@pytest.mark.parametrize(
    ("old", "new", "n", "floor", "same"),
    [(50, 52, 100, 0.02, True), (50, 53, 100, 0.02, False), (5, 6, 10, 0.02, True), (5, 7, 10, 0.02, False)],
)
def test_a_total_may_move_by_the_floor_and_by_one_item(old, new, n, floor, same):
    """On few items the floor alone would forgive none."""
    assert same_within(old, new, n, floor) is same


def test_different_items_have_no_flip_rate():
    """One sentence."""
    with pytest.raises(BadInput, match="expected the same items twice"):
        flip_rate((1.0,), (1.0, 0.0))
