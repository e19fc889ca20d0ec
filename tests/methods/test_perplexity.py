"""Perplexity without a layer."""

import math

import pytest

from harness.methods import perplexity
from harness.methods.rank import rank_layers
from harness.prune.surgery import skip_by_hook


def test_scores_are_perplexities_with_one_layer_switched_off(small, texts, rows):
    """The exponential of the mean cross-entropy of all tokens while the layer hands on its input."""
    import torch

    expected = []
    for layer in range(small.depth):
        losses = []
        with skip_by_hook(small.model, [layer]), torch.no_grad():
            for row in rows:
                ids = torch.tensor([row])
                logits = small.model(ids, use_cache=False).logits[0, :-1]
                losses += torch.nn.functional.cross_entropy(logits, ids[0, 1:], reduction="none").tolist()
        expected.append(math.exp(sum(losses) / len(losses)))
    ranking = rank_layers("perplexity", small, 2, texts)

    assert ranking.scores == pytest.approx(expected, rel=1e-4)
    assert ranking.layers == tuple(sorted(range(small.depth), key=lambda layer: expected[layer])[:2])


def test_the_guarded_variant_spares_the_first_four_and_the_last_two(tiny, monkeypatch):
    """Even where they have the lowest scores."""
    monkeypatch.setattr(perplexity, "_scores", lambda *_: tuple(float(abs(layer - 5)) for layer in range(12, 0, -1)))
    plain, guarded = (rank_layers(name, tiny, 6, ["a"]) for name in ("perplexity", "perplexity_guarded"))

    assert plain.layers[0] == 7
    assert set(plain.layers) == {5, 6, 7, 8, 9, 10}
    assert set(guarded.layers) == {4, 5, 6, 7, 8, 9}
