"""What several plans share; that shared beginnings give the same bits is in test_calibration_loss and test_sweep."""

from hypothesis import given
from hypothesis import strategies as st

from harness.prune.plan import UNITS, LayerPlan
from harness.prune.prefix import end_of, shared_plan

DEPTH = 6
ALL_UNITS = [(layer, unit) for layer in range(DEPTH) for unit in UNITS]
plans = st.sets(st.sampled_from(ALL_UNITS), max_size=8).map(lambda units: LayerPlan.without_units(units, DEPTH))


@given(st.lists(plans, min_size=1, max_size=4))
def test_shared_is_what_all_remove(several):
    """A unit is gone in the shared plan if and only if it is in every plan."""
    shared = shared_plan(several)

    assert {unit for unit in ALL_UNITS if all(unit in plan.units for plan in several)} == shared.units


@given(plans)
def test_units_say_what_a_plan_removes(plan):
    """Counted and told apart as in the plan itself; the units make the plan again."""
    assert plan.units_removed == len(plan.units)
    assert plan == LayerPlan.without_units(plan.units, DEPTH)


def test_an_end_has_the_layers_from_where_it_parts(family_model):
    """Its own layers, with what is left of a unit; one that hands on its input where none is left."""
    whole = end_of(family_model, LayerPlan.without((1, 3), DEPTH), 3)
    unit = end_of(family_model, LayerPlan.without_units([(1, "attn"), (1, "mlp"), (3, "mlp")], DEPTH), 3)
    last = end_of(family_model, LayerPlan.without((1, 5), DEPTH), 5)

    assert [(end.own, end.model.config.num_hidden_layers) for end in (whole, unit, last)] == [
        ((4, 5), 2),
        ((3, 4, 5), 3),
        ((), 1),
    ]
    assert [whole.place(layer) for layer in (3, 4, 5, 6)] == [0, 0, 1, 2]
