"""Greedy by task scores, stopped."""

import pytest

from harness.errors import BadInput
from harness.prune.rank import rank_layers


def scored_by_size(*scores):
    """A score that depends on how many layers went, with a slight wish to lose deep ones."""
    return lambda plan: scores[len(plan.removed) - 1] - 1e-6 * sum(11 - layer for layer in plan.removed)


CASES = {
    "rises, then falls": ((1.02, 1.1, 1.01, 0.95, 0.2), 2, 3),
    "the best is the last": ((1.0001, 1.02, 1.03, 1.04, 1.05), 5, 5),
    "dips below dense and comes back": ((1.01, 0.95, 1.005, 0.93, 0.1), 1, 3),
}


@pytest.mark.parametrize(("scores", "best", "bsba"), CASES.values(), ids=CASES)
def test_how_many_layers_go(tiny, scores, best, bsba):
    """Best is the highest score, BSBA the smallest model at or above the dense score."""
    rate = scored_by_size(*scores)

    assert rank_layers("tale_best", tiny, 5, [], score=rate).layers == tuple(range(11, 11 - best, -1))
    assert rank_layers("tale_bsba", tiny, 5, [], score=rate).layers == tuple(range(11, 11 - bsba, -1))


def test_the_search_stops_below_dense_minus_eps(tiny):
    """At .92 it goes on, below it ends; the step that broke the rule is in the trace and is no candidate."""
    ranking = rank_layers("tale_best", tiny, 5, [], score=scored_by_size(0.93, 0.91, 1.5, 1.5, 1.5))

    assert [plan for plan, _ in ranking.trace] == ["11", "10-11"]
    assert ranking.layers == (11,)


def test_n_is_an_upper_limit(tiny):
    """A score that never falls ends at n layers."""
    assert rank_layers("tale_bsba", tiny, 3, [], score=lambda _: 1.0).layers == (11, 10, 9)


def test_layer_0_may_go(tiny):
    """Unlike in the paper's Iterative method."""
    ranking = rank_layers("tale_best", tiny, 1, [], score=lambda plan: 1.0 + (0 in plan.removed))

    assert ranking.layers == (0,)


def test_of_equal_best_scores_the_smaller_model_is_taken(tiny):
    """Two plans that score alike: the one with fewer layers."""
    assert len(rank_layers("tale_best", tiny, 3, [], score=lambda _: 1.0).layers) == 3


def test_where_no_layer_can_go_best_gives_one_and_bsba_refuses(tiny):
    """A plan must remove something; a plan below the dense score is not what BSBA promises."""
    rate = scored_by_size(0.5, 0.4)

    assert rank_layers("tale_best", tiny, 3, [], score=rate).layers == (11,)
    with pytest.raises(
        BadInput, match=r"tale_bsba: no layer can go .* \(the best plan found, without 11, keeps 0.500\)"
    ):
        rank_layers("tale_bsba", tiny, 3, [], score=rate)
