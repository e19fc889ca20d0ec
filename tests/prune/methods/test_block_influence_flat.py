"""Block Influence with one cosine a text."""

import pytest

from harness.prune.rank import rank_layers


def test_scores_are_one_minus_the_cosine_of_whole_texts(small, texts, states):
    """BI_l = 1 - mean over texts of <X_l, X_l+1> / (|X_l| |X_l+1|), written out token by token."""
    expected = []
    for layer in range(small.depth):
        cosines = []
        for text in states:
            before, after = text[layer].double(), text[layer + 1].double()
            dot = sum(float(a @ b) for a, b in zip(before, after, strict=True))
            norms = [sum(float(row @ row) for row in side) ** 0.5 for side in (before, after)]
            cosines.append(dot / (norms[0] * norms[1]))
        expected.append(1 - sum(cosines) / len(cosines))
    ranking = rank_layers("block_influence_flat", small, 2, texts)

    assert ranking.scores == pytest.approx(expected, abs=1e-5)
    assert ranking.layers == tuple(sorted(range(small.depth), key=lambda layer: expected[layer])[:2])


def test_tokens_weigh_by_their_norm(small, monkeypatch):
    """One huge token that a layer hardly turns outweighs three small ones that it does, unlike in variant (a)."""
    import torch

    from harness.prune.methods import block_influence_flat

    sink, turned = [100.0, 0.0], [0.0, 1.0]
    before, after = torch.tensor([sink, [1.0, 0.0]]), torch.tensor([sink, turned])
    monkeypatch.setattr(block_influence_flat, "hidden_states", lambda *_: [[before, after, before + after]])
    scores = rank_layers("block_influence_flat", small, 1, ["a"]).scores

    assert scores[0] == pytest.approx(1e-4, rel=1e-2)
