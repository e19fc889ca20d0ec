"""Layers by a sampled Shapley value of the loss."""

import numpy as np
import pytest

from harness.errors import BadInput
from harness.methods.rank import rank_layers
from harness.methods.shapley import PARTS, drawn, shapley_values
from harness.prune.plan import LayerPlan
from harness.prune.surgery import skip_by_hook


def released(statistics, depth):
    """What the authors do with their losses, transcribed; low is important there, so its sign is turned.

    shoaibahmed/llm_depth_pruning @ eea4dbd, the end of `compute_block_shapley`.
    """
    found = []
    for layer in range(depth):
        present = np.mean([loss for blocks, loss in statistics if layer in blocks])
        absent = np.mean([loss for blocks, loss in statistics if layer not in blocks])
        found.append(-(present - absent))
    return found


def test_scores_are_the_released_sums_of_losses_with_layers_switched_off(small, texts, rows):
    """Each text under ten random parts of the network; the layers hand on their input where they are missing."""
    import torch

    statistics = []
    for row, plans in zip(rows, drawn(small.depth, len(rows), 3), strict=True):
        for plan in plans:
            with skip_by_hook(small.model, plan.removed), torch.no_grad():
                ids = torch.tensor([row])
                logits = small.model(ids, use_cache=False).logits[0, :-1]
                statistics.append((plan.kept, float(torch.nn.functional.cross_entropy(logits, ids[0, 1:]))))
    ranking = rank_layers("shapley", small, 2, texts, seed=3)
    expected = released(statistics, small.depth)

    assert ranking.scores == pytest.approx(expected, abs=1e-4)
    assert ranking.layers == tuple(np.argsort(expected)[:2])


def test_parts_have_nine_tenths_of_the_layers():
    """Ten per text, drawn anew for each, the same for a seed; of two layers one stays."""
    parts = list(drawn(12, 3, 0))

    assert [len(plans) for plans in parts] == [PARTS] * 3
    assert {len(plan.kept) for plans in parts for plan in plans} == {10}
    assert parts[0] != parts[1]
    assert parts == list(drawn(12, 3, 0))
    assert {len(plan.kept) for plans in drawn(2, 2, 0) for plan in plans} == {1}


def test_a_sum_over_layers_is_told_apart_exactly():
    """Where every layer lowers the loss by its own worth, that is what comes out, whatever was drawn."""
    worth = [0.5, 2.0, 1.0, 3.0]
    plans = [LayerPlan(kept, 4) for kept in ((0, 1, 2), (0, 1, 3), (0, 2, 3), (1, 2, 3))]
    found = shapley_values([(plan, -sum(worth[layer] for layer in plan.kept)) for plan in plans], 4)

    assert np.argsort(found).tolist() == [0, 2, 1, 3]
    assert found[3] - found[0] == pytest.approx((3.0 - 0.5) * 4 / 3)


def test_a_layer_that_was_never_missing_is_no_cheap_one():
    """It is unknown, and said so."""
    plan = LayerPlan.without((2,), 4)

    with pytest.raises(BadInput, match="layer 0 is in all or in none of 2 random parts of the network"):
        shapley_values([(plan, 1.0), (plan, 2.0)], 4)
