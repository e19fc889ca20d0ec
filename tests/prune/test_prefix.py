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


def test_an_end_begins_at_the_first_difference(family_model):
    """It takes up what entered that layer, at its place in the shared model."""
    shared = LayerPlan.without((1,), DEPTH)
    whole = end_of(family_model, LayerPlan.without((1, 3), DEPTH), shared)
    unit = end_of(family_model, LayerPlan.without_units([(1, "attn"), (1, "mlp"), (3, "mlp")], DEPTH), shared)
    last = end_of(family_model, LayerPlan.without((1, 5), DEPTH), shared)

    assert [(end.position, end.model.config.num_hidden_layers, end.empty) for end in (whole, unit, last)] == [
        (2, 2, False),
        (2, 3, False),
        (4, 1, True),
    ]
