import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.prune.plan import LayerPlan, parse_layers, require_layers


@given(
    st.integers(2, 40).flatmap(
        lambda n: st.tuples(st.just(n), st.sets(st.integers(0, n - 1), min_size=1, max_size=n - 1))
    )
)
def test_text_round_trip(case):
    """What `describe` writes, `parse_layers` reads."""
    depth, layers = case
    plan = LayerPlan.without(layers, depth)

    assert tuple(sorted(layers)) == parse_layers(plan.describe()) == plan.removed
    assert set(range(depth)) == set(plan.kept) | set(plan.removed)


@pytest.mark.parametrize("text", ["", "a", "3-", "9-3", "1;2", "-4"])
def test_garbage_is_refused(text):
    """What is no list of layers is named."""
    with pytest.raises(BadInput, match="is no layer or range; write layers like 22-29,31"):
        parse_layers(text)


def test_fractional_layers_are_refused():
    """A layer named 2.7 is not layer 2."""
    with pytest.raises(BadInput, match=r"layer 2.7 is no whole number"):
        require_layers([2.7], 6)


@pytest.mark.parametrize(
    ("kept", "sentence"),
    [((), "the plan removes all 3 layers"), ((1, 0), "are not increasing"), ((0, 3), r"in \[0, 3\)")],
)
def test_impossible_plans_are_refused(kept, sentence):
    """A plan that no model can follow is not made."""
    with pytest.raises(BadInput, match=sentence):
        LayerPlan(kept, 3)


def test_plans_as_text():
    """Ranges are inclusive in text."""
    assert LayerPlan.without(range(22, 30), 32).describe() == "22-29"
    assert LayerPlan.full(4).describe() == "nothing"
