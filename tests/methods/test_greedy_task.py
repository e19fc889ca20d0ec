"""The paper's Iterative method."""

import pytest

from harness.errors import BadInput
from harness.methods.rank import rank_layers
from harness.prune.plan import LayerPlan


def slow_transcription(score, depth, n):
    """The published loop (`lp/script.py` @ 0890223), written out: an argmax over all layers but 0, `>=` for ties."""
    removed = []
    for _ in range(n):
        best, best_score = None, float("-inf")
        for layer in range(depth):
            if layer == 0 or layer in removed:
                continue
            value = score(LayerPlan.without((*removed, layer), depth))
            if value >= best_score:
                best, best_score = layer, value
        removed.append(best)
    return tuple(removed)


@pytest.mark.parametrize("levels", [1, 3, 1000])
def test_the_published_loop(tiny, levels):
    """Layers equal a literal transcription's, with many ties and with few."""

    def score(plan):
        return (hash(plan.removed) % levels) / levels  # a hash of integers is the same in every process

    ranking = rank_layers("greedy_task", tiny, 4, [], score=score)

    assert ranking.layers == slow_transcription(score, tiny.depth, 4)
    assert [value for _, value in ranking.trace] == [
        score(LayerPlan.without(ranking.layers[: step + 1], tiny.depth)) for step in range(4)
    ]


def test_layer_0_always_stays_and_the_last_may_go(tiny):
    """Even where the score would rather lose layer 0."""
    ranking = rank_layers("greedy_task", tiny, 2, [], score=lambda plan: float(0 in plan.removed))

    assert ranking.layers == (11, 10)


def test_without_a_score_it_is_refused(tiny):
    """The sentence says what is missing."""
    with pytest.raises(BadInput, match="method greedy_task needs task scores; pass score="):
        rank_layers("greedy_task", tiny, 2, [])
