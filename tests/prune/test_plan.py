import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.prune.plan import LayerPlan, parse_layers


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
