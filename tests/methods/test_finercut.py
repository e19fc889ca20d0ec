"""Greedy over units by how the predictions change."""

import pytest
import torch
from torch.nn import functional

from harness.methods.finercut import candidates
from harness.methods.rank import rank_layers
from harness.prune.plan import LayerPlan
from tests.methods.test_block_pruner import zeroed


def released(dense, pruned):
    """Their distance of logits, summed over the vocabulary instead of divided by it (llm_dissect @ e1b641a)."""
    mean = 0.5 * (functional.softmax(dense, dim=-1) + functional.softmax(pruned, dim=-1))
    both = [functional.kl_div(functional.log_softmax(of, dim=-1), mean, reduction="sum") for of in (dense, pruned)]
    return float(0.5 * (both[0] + both[1]) / len(dense))


def test_the_published_loop(small, texts, rows):
    """2n steps over the units behind the first 40 % of the layers, output weights set to zero; all tokens pooled."""
    removed, distances = [], []
    with torch.no_grad():
        dense = torch.cat([small.model(torch.tensor([row])).logits[0, :-1] for row in rows])
        for _ in range(2):
            found = {}
            for unit in [(layer, kind) for kind in ("attn", "mlp") for layer in (3, 4, 5)]:
                if unit not in removed:
                    undo = zeroed(small.model, [*removed, unit])
                    pruned = torch.cat([small.model(torch.tensor([row])).logits[0, :-1] for row in rows])
                    undo()
                    found[unit] = released(dense, pruned)
            removed.append(min(found, key=found.get))
            distances.append(found[removed[-1]])
    ranking = rank_layers("finercut", small, 1, texts)

    assert ranking.plan == LayerPlan.without_units(removed, small.depth)
    assert [value for _, value in ranking.trace] == pytest.approx(distances, rel=1e-3)


def test_the_first_layers_go_once_more_than_their_share_is_gone():
    """Of 10 layers the first 5 stay (the code rounds up) until 9 of 20 units are gone."""
    behind = [(layer, unit) for unit in ("attn", "mlp") for layer in range(5, 10)]

    assert candidates(10, []) == behind
    assert candidates(10, behind[:8]) == behind[8:]
    assert len(candidates(10, behind[:9])) == 11
