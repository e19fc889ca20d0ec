"""Block Influence with one cosine of all texts."""

import pytest

from harness.methods.rank import rank_layers


def test_scores_are_one_minus_the_cosine_of_all_texts_as_one_vector(small, texts, states):
    """BI_l = 1 - <X_l, X_l+1> / (|X_l| |X_l+1|), token by token; the last layer never goes."""
    expected = []
    for layer in range(small.depth):
        pairs = [(a.double(), b.double()) for text in states for a, b in zip(text[layer], text[layer + 1], strict=True)]
        dot, *squares = (sum(float(x @ y) for x, y in side) for side in (
            pairs, [(a, a) for a, _ in pairs], [(b, b) for _, b in pairs]))  # fmt: skip
        expected.append(1 - dot / (squares[0] ** 0.5 * squares[1] ** 0.5))
    ranking = rank_layers("block_influence_flat", small, 5, texts)

    assert ranking.scores == pytest.approx(expected, abs=1e-6)
    assert ranking.layers == tuple(sorted(range(small.depth - 1), key=lambda layer: expected[layer]))


def test_a_mean_over_texts_would_be_another_number(small, texts, states):
    """Texts of unequal length weigh by their tokens: the mean of each text's cosine differs in the third decimal."""
    means = []
    for layer in range(small.depth):
        flat = [(text[layer].flatten().double(), text[layer + 1].flatten().double()) for text in states]
        means.append(1 - sum(float(a @ b / a.norm() / b.norm()) for a, b in flat) / len(flat))
    scores = rank_layers("block_influence_flat", small, 1, texts).scores

    assert max(abs(a - b) for a, b in zip(scores, means, strict=True)) > 1e-3


def test_tokens_weigh_by_their_norm(small, monkeypatch):
    """One huge token that a layer hardly turns outweighs three small ones that it does, unlike in variant (a)."""
    import torch

    from harness.methods import block_influence_flat

    sink, turned = [100.0, 0.0], [0.0, 1.0]
    before, after = torch.tensor([sink, [1.0, 0.0]]), torch.tensor([sink, turned])
    monkeypatch.setattr(block_influence_flat, "hidden_states", lambda *_: [[before, after, *[before + after] * 5]])
    scores = rank_layers("block_influence_flat", small, 1, ["a"]).scores

    assert scores[0] == pytest.approx(1e-4, rel=1e-2)
