"""Greedy by task scores, stopped."""

import random

import pytest

from harness.errors import BadInput
from harness.methods.rank import rank_layers
from harness.prune.plan import LayerPlan


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


def released(depth, most, score, eps=0.08):
    """The loop of `src/tale/search.py:run_search`, omyokun/tale @ da8bb75, retold: (layers of Best, layers of BSBA)."""
    gone, baseline = [], score(())
    best, bsba = (baseline, ()), (baseline, ())
    while len(gone) < depth and len(gone) < most:
        found = [(layer, score((*gone, layer))) for layer in range(depth) if layer not in gone]
        layer, accuracy = max(found, key=lambda row: row[1])  # the first of equals
        if accuracy < baseline - eps:
            break
        gone.append(layer)
        if accuracy > best[0]:
            best = accuracy, tuple(gone)
        if accuracy >= baseline:
            bsba = accuracy, tuple(gone)
    return best[1], bsba[1]


@pytest.mark.parametrize("steps", [10, 25, 10**6], ids=["many ties", "some ties", "no ties"])
def test_outcomes_are_the_released_loops(tiny, steps):
    """On random tables of scores, as few selection items give them; nothing removed is a refusal here."""
    ends = set()
    for seed in range(60):
        draw, table = random.Random(seed), {(): 1.0}

        def score(layers, draw=draw, table=table):
            key = tuple(sorted(layers))
            if key not in table:
                table[key] = 1.0 + (draw.randrange(steps) - 0.75 * steps) / steps * 0.4
            return table[key]

        for name, expected in zip(("tale_best", "tale_bsba"), released(12, 5, score), strict=True):
            ends.add(len(expected))
            try:
                layers = rank_layers(name, tiny, 5, [], score=lambda plan: score(plan.removed)).layers
            except BadInput:
                layers = ()
            assert layers == expected
    assert len(ends) > 2


def test_the_search_stops_below_dense_minus_eps(tiny):
    """At .92 it goes on, below it ends; the step that broke the rule is in the trace and is no candidate."""
    ranking = rank_layers("tale_best", tiny, 5, [], score=scored_by_size(1.01, 0.93, 0.91, 1.5, 1.5))

    assert [plan for plan, _ in ranking.trace] == ["11", "10-11", "9-11"]
    assert ranking.layers == (11,)


def test_n_is_an_upper_limit_and_the_smallest_of_equals_goes(tiny):
    """A score that never falls ends at n layers, from the first on."""
    assert rank_layers("tale_bsba", tiny, 3, [], score=lambda _: 1.0).layers == (0, 1, 2)


def test_layer_0_may_go(tiny):
    """Unlike in the paper's Iterative method."""
    ranking = rank_layers("tale_best", tiny, 1, [], score=lambda plan: 1.0 + (0 in plan.removed))

    assert ranking.layers == (0,)


def test_of_equal_best_scores_fewer_layers_go(tiny):
    """Two plans that score alike: strictly more is needed to remove more."""
    assert rank_layers("tale_best", tiny, 3, [], score=lambda _: 1.01).layers == (0,)


@pytest.mark.parametrize("name", ["tale_best", "tale_bsba"])
def test_where_nothing_would_go_both_refuse(tiny, name):
    """A plan must remove something, and the released search would hand back the whole model."""
    with pytest.raises(
        BadInput,
        match=rf"{name}: the released search ends with nothing removed \(the best plan found, without 11, keeps",
    ):
        rank_layers(name, tiny, 3, [], score=scored_by_size(0.5, 0.4))


def test_the_dense_score_alone_is_enough_for_bsba_and_not_for_best(tiny):
    """At or above, and strictly above."""
    assert rank_layers("tale_bsba", tiny, 1, [], score=lambda plan: float(plan == LayerPlan.without((4,), 12))).layers
    with pytest.raises(BadInput, match="nothing removed"):
        rank_layers("tale_best", tiny, 1, [], score=lambda _: 1.0)
