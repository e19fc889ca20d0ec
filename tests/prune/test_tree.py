"""What several plans have in common."""

from hypothesis import given
from hypothesis import strategies as st

from harness.prune.plan import UNITS, LayerPlan
from harness.prune.tree import parts_from, tree_of

DEPTH = 6
units = st.tuples(st.integers(0, DEPTH - 1), st.sampled_from(UNITS))
plans = st.sets(units, max_size=8).map(lambda removed: LayerPlan.without_units(removed, DEPTH))


def treatment(plan, layer):
    """What a plan does with a layer."""
    return tuple((layer, unit) in plan.units for unit in UNITS)


def in_tree(branch):
    """Every plan of a tree."""
    return [branch.plan, *(plan for part in branch.branches for plan in in_tree(part))]


@given(st.lists(plans, min_size=1, max_size=8))
def test_every_beginning_is_run_once(several):
    """Layers run are the distinct pairs of a beginning and a layer that is not left out behind it."""
    beginnings = {tuple(treatment(plan, layer) for layer in range(last + 1)) for plan in several for last in plan.kept}
    assert tree_of(several).passes == len(beginnings)


@given(st.lists(plans, min_size=1, max_size=8))
def test_every_plan_is_in_the_tree_once(several):
    """None is lost, none is run twice."""
    found = in_tree(tree_of(several))
    assert len(found) == len(set(found))
    assert set(found) == set(several)


@given(plans, plans)
def test_two_plans_are_alike_up_to_where_they_part(one, other):
    """And differ there, if they differ at all."""
    layer = parts_from(one, other)
    assert all(treatment(one, before) == treatment(other, before) for before in range(layer))
    assert layer == DEPTH if one == other else treatment(one, layer) != treatment(other, layer)


def test_a_scoreboard_of_eleven_plans_shares_its_beginnings():
    """Quarters of a 24-layer model by 11 criteria: fewer layer passes than plan by plan."""
    removed = (
        "18-23",
        "2-7",
        "16-21",
        "3,5,9,14,16,20",
        "17-22",
        "1-6",
        "18-23",
        "4,8,12,16,20,22",
        "10-15",
        "17,19-23",
    )
    from harness.prune.plan import parse_layers

    several = [LayerPlan.without(parse_layers(text), 24) for text in removed]
    assert tree_of(several).passes < sum(len(plan.kept) for plan in set(several))
