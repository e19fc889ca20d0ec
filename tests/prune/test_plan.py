import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.prune.plan import Blend, LayerPlan, parse_layers, parse_plan, require_layers


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
    [
        ((), "the plan removes all 3 layers"),
        ((1, 0), "are not increasing"),
        ((0, 3), "layer 3 does not exist"),
        ((-1, 0), r"in \[0, 3\)"),
    ],
)
def test_impossible_plans_are_refused(kept, sentence):
    """A plan that no model can follow is not made."""
    with pytest.raises(BadInput, match=sentence):
        LayerPlan(kept, 3)


def test_plans_as_text():
    """Ranges are inclusive in text."""
    assert LayerPlan.without(range(22, 30), 32).describe() == "22-29"
    assert LayerPlan.full(4).describe() == "nothing"


def test_plan_text_is_read_back():
    """What describe() writes, parse_plan() reads: whole layers, ranges, attention and MLP units."""
    plan = parse_plan("3,7-8,attn0,mlp10", 12)
    assert (plan.removed, plan.without_attention, plan.without_mlp) == ((3, 7, 8), (0,), (10,))
    assert parse_plan(plan.describe(), 12) == plan


def test_a_layer_that_loses_both_units_is_removed():
    """attn5 and mlp5 together are layer 5, so one set of units is one plan."""
    assert parse_plan("attn5,mlp5", 12) == LayerPlan.without((5,), 12)


@given(units=st.sets(st.tuples(st.integers(0, 7), st.sampled_from(["attn", "mlp"])), max_size=14))
def test_units_are_counted_once(units):
    """A plan removes as many units as it was given, in whatever layers they lie."""
    assume(len({layer for layer in range(8) if {(layer, "attn"), (layer, "mlp")} <= units}) < 8)
    plan = LayerPlan.without_units(sorted(units), 8)
    assert plan.units_removed == len(units)
    if units:
        assert parse_plan(plan.describe(), 8) == plan


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "'' in '' is no layer or range"),
        ("3,attn3", "layer 3 is named twice"),
        ("attn3,attn3", "unit attn3 is named twice"),
        ("attn40", "layer 40 does not exist; the model has layers 0 to 11"),
        ("0-11", "all 12 layers are to be removed"),
    ],
)
def test_a_wrong_plan_says_what_is_wrong(text, sentence):
    """Each bad plan has its sentence."""
    with pytest.raises(BadInput, match=re.escape(sentence)):
        parse_plan(text, 12)


def test_a_plan_refuses_a_layer_without_both_units_and_foreign_sources():
    """A plan that cannot be followed cannot be made."""
    with pytest.raises(BadInput, match="layer 1 loses attention and MLP; remove the layer instead"):
        LayerPlan((0, 1), 2, (1,), (1,))
    with pytest.raises(BadInput, match="layer 1 is blended of"):
        LayerPlan((0, 1), 2, blends=(Blend(1, ((2, 1.0),)),))
    with pytest.raises(BadInput, match="not increasing indices of kept layers"):
        LayerPlan((0,), 2, (1,))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("0-99999999999", "layer 99999999999 does not exist; the model has layers 0 to 11"),
        ("3,5-900000", "layer 900000 does not exist"),
        ("attn99999999999", "layer 99999999999 does not exist"),
        ("01112-12012", "layer 12012 does not exist"),
        ("9" * 5000, "'9999999999999999999999999999999999999999...9999999999' in"),
        ("0-" + "9" * 30, "is no layer or range"),
        ("\uff13", "is no layer or range"),
    ],
)
def test_a_range_is_refused_before_it_takes_memory(text, sentence):
    """However large; the message stays short."""
    with pytest.raises(BadInput, match=re.escape(sentence)) as error:
        parse_plan(text, 12)

    assert len(str(error.value)) < 300


def test_thousands_of_layers_are_read_at_once():
    """Every unit is looked up, not searched for: 24,000 units of a plan that describes itself."""
    assert parse_plan("1112-12012", 20_000).units_removed == 2 * (12_012 - 1_112 + 1)
    with pytest.raises(BadInput, match="layer 100000 does not exist; the model has layers 0 to 99999"):
        parse_layers("0-100000")
