import pytest

from harness.errors import BadInput
from harness.methods.tools.greedy import Step, greedy_layers, greedy_steps, one_by_one
from harness.prune.plan import LayerPlan

GAINS = {0: 9.0, 1: -4.0, 2: -1.0, 3: -1.0, 4: -2.0}


@one_by_one
def additive(plan):
    """A score in which layers do not depend on each other."""
    return sum(GAINS[layer] for layer in plan.removed)


def test_each_step_keeps_what_went_before():
    """The cheapest goes first; a step's plan lacks all earlier layers, and its score is the plan's."""
    steps = list(greedy_layers(range(5), 3, 5, additive))

    assert steps[0] == Step(0, LayerPlan.without((0,), 5), 9.0)
    assert steps[2].plan == LayerPlan.without((0, 2, 3), 5)
    assert [step.row for step in steps] == [("0", 9.0), ("0,3", 8.0), ("0,2-3", 7.0)]


def test_of_equal_scores_the_larger_index_goes():
    """As 2602.01997 has it, whatever the order of the candidates."""
    assert [step.gone for step in greedy_layers([3, 2, 1], 2, 5, one_by_one(lambda _: 1.0))] == [3, 2]


def test_or_the_smaller_where_the_source_has_it_so():
    """SLEB and TALE go up and replace on strictly better."""
    steps = greedy_layers([3, 2, 1], 2, 5, one_by_one(lambda _: 1.0), smaller_goes=True)
    assert [step.gone for step in steps] == [1, 2]


def test_only_candidates_go():
    """The best layer of all stays if it is no candidate."""
    assert [step.gone for step in greedy_layers(range(1, 5), 1, 5, additive)] == [3]


def test_layers_that_only_together_cost_nothing_are_missed():
    """Greedy means no look-ahead: the best pair is not found where each of its layers is bad alone."""
    worth = {(1,): 0.1, (2,): 0.1, (3,): 0.5, (1, 3): 0.4, (2, 3): 0.3, (1, 2): 1.0}

    assert [step.gone for step in greedy_layers(range(1, 4), 2, 4, one_by_one(lambda plan: worth[plan.removed]))] == [
        3,
        1,
    ]


def test_a_search_that_is_stopped_scores_no_more():
    """Steps are made when they are asked for."""
    asked = []
    steps = greedy_layers(range(4), 3, 4, one_by_one(lambda plan: asked.append(plan) or 1.0))
    next(steps)

    assert len(asked) == 4


def test_too_few_candidates_are_refused():
    """Asking for more than may go is an error before anything is scored."""
    with pytest.raises(BadInput, match="3 are to be removed of 2 that may go"):
        next(greedy_steps([1, 2], 3, lambda gone: LayerPlan.without(gone, 4), one_by_one(lambda _: 0.0)))


def test_the_plans_of_a_step_are_rated_together():
    """So that what they share can be computed once."""
    steps = greedy_layers(range(4), 2, 4, lambda plans: [float(len(plans))] * len(plans))

    assert [step.score for step in steps] == [4.0, 3.0]
