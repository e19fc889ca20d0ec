"""How many items a look has."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.decide.designs import design_of
from harness.decide.looks import looks_at
from harness.decide.seeds import SeededTask
from harness.decide.verdict import judge


def test_looks_double_from_25_to_all():
    """25, 50, 100 and so on; one that comes just before the end is left out."""
    assert looks_at(100) == (25, 50, 100)
    assert looks_at(1319) == (25, 50, 100, 200, 400, 800, 1319)
    assert looks_at(110) == (25, 50, 110)
    assert looks_at(25) == (25,)
    assert looks_at(1) == (1,)


@given(most=st.integers(1, 20_000))
def test_looks_increase_and_end_with_all(most):
    """Every look has more items than the one before, and the last has all."""
    looks = looks_at(most)
    assert looks[-1] == most
    assert list(looks) == sorted(set(looks))


@pytest.mark.parametrize("looks", [1, 4])
def test_an_interval_pays_for_every_look(looks):
    """With four looks, each has a quarter of the error, and the p-value is multiplied by four."""
    hit = [SeededTask("arithmetic", (1.0,) * 60 + (0.0,) * 40, ((1.0,) * 30 + (0.0,) * 70,))]
    answered = [SeededTask("arithmetic", (1.0,) * 100, ((1.0,) * 100,))]
    found = judge(design_of("arithmetic-drop"), {"hit": hit, "answered": answered}, 2000, looks).interval

    assert found.confidence == pytest.approx(1 - 0.05 / looks)
    once = judge(design_of("arithmetic-drop"), {"hit": hit, "answered": answered}, 2000).interval
    assert found.p_value == pytest.approx(min(1, once.p_value * looks))
    assert found.low <= once.low <= once.high <= found.high
