"""Greedy over attention and MLP units."""

import math

import pytest

from harness.methods import block_pruner
from harness.methods.rank import rank_layers
from harness.prune.plan import LayerPlan


def zeroed(model, units):
    """The model with the output weights of units zeroed in place, and a function that undoes it."""
    weights = [
        model.model.layers[layer].self_attn.o_proj.weight
        if unit == "attn"
        else model.model.layers[layer].mlp.down_proj.weight
        for layer, unit in units
    ]
    kept = [weight.clone() for weight in weights]
    for weight in weights:
        weight.zero_()
    return lambda: [weight.copy_(before) for weight, before in zip(weights, kept, strict=True)]


def test_the_published_loop(small, texts, rows):
    """2n steps, each over all attentions and then all MLPs, strict `<`, with output weights set to zero."""
    import torch

    tokens = sum(len(row) - 1 for row in rows)
    removed, perplexities = [], []
    with torch.no_grad():
        for _ in range(2):
            best, best_ppl = None, float("inf")
            for unit in [(layer, kind) for kind in ("attn", "mlp") for layer in range(small.depth)]:
                if unit in removed:
                    continue
                undo = zeroed(small.model, [*removed, unit])
                losses = [
                    torch.nn.functional.cross_entropy(
                        small.model(torch.tensor([row])).logits[0, :-1], torch.tensor(row[1:]), reduction="sum"
                    )
                    for row in rows
                ]
                undo()
                ppl = math.exp(float(sum(losses)) / tokens)
                if ppl < best_ppl:
                    best, best_ppl = unit, ppl
            removed.append(best)
            perplexities.append(best_ppl)
    ranking = rank_layers("block_pruner", small, 1, texts)

    assert ranking.plan == LayerPlan.without_units(removed, small.depth)
    assert [value for _, value in ranking.trace] == pytest.approx(perplexities, rel=1e-4)


def test_of_equals_the_attention_of_the_lowest_layer_goes(small, monkeypatch):
    """As the released loop decides: attentions first, and a later candidate must be strictly better."""
    monkeypatch.setattr(block_pruner, "rivals", lambda *_: (lambda _: lambda places, _: [-1.0] * len(places), 1))

    assert rank_layers("block_pruner", small, 1, ["a"]).plan.describe() == "attn0,attn1"


def test_two_units_of_a_layer_are_the_whole_layer(small, monkeypatch):
    """A layer that lost both is removed, not left as an empty shell."""

    def nll(plan):
        return -2 * (3 in plan.removed) - (3 in plan.without_attention) - (3 in plan.without_mlp)

    meet = lambda plans: lambda places, _: [-nll(plans[place]) for place in places]  # noqa: E731
    monkeypatch.setattr(block_pruner, "rivals", lambda *_: (meet, 1))
    ranking = rank_layers("block_pruner", small, 1, ["a"])

    assert (ranking.layers, ranking.plan) == ((3,), LayerPlan.without((3,), 6))
