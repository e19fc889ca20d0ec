"""First-order importance."""

import copy

import pytest
import torch

from harness.methods import taylor
from harness.methods.rank import rank_layers
from harness.methods.tools.calibration_loss import text_nll

OF_A_LAYER = (
    *("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
    *("input_layernorm", "post_attention_layernorm"),
)


def test_scores_equal_autograd_on_a_copy(small, texts, rows):
    """|w * dLoss/dw| of the mean over texts of the mean token loss, from one backward pass of a trainable copy."""
    model = copy.deepcopy(small.model).requires_grad_(True)
    losses = [
        torch.nn.functional.cross_entropy(model(torch.tensor([row])).logits[0, :-1], torch.tensor(row[1:]))
        for row in rows
    ]
    (sum(losses) / len(losses)).backward()
    expected = [
        sum(
            float((parameter.detach() * parameter.grad).abs().sum())
            for name, parameter in layer.named_parameters()
            if name.split(".")[-2] in OF_A_LAYER
        )
        for layer in model.model.layers
    ]
    ranking = rank_layers("taylor", small, 2, texts)

    assert ranking.scores == pytest.approx(expected, rel=1e-4)
    assert ranking.layers == tuple(sorted(range(small.depth), key=lambda layer: expected[layer])[:2])


def test_gradients_cancel_between_texts_before_the_absolute_value(small, texts):
    """Two texts together score less than the mean of their scores: the sum of gradients is taken first."""
    one, two, both = (rank_layers("taylor", small, 1, part).scores for part in (texts[:1], texts[1:2], texts[:2]))

    assert all(b < (x + y) / 2 - 1e-4 for x, y, b in zip(one, two, both, strict=True))


def test_a_caller_that_switched_gradients_off_changes_nothing(small, texts):
    """Inside no_grad the scores are the same."""
    expected = rank_layers("taylor", small, 1, texts).scores
    with torch.no_grad():
        assert rank_layers("taylor", small, 1, texts).scores == expected


def test_no_gradient_is_held_between_texts(small, texts, monkeypatch):
    """Each is added up and freed as soon as it is there, on the twin and never on the base."""
    held = []

    def watched(model, row):
        held.append(sum(parameter.grad is not None for parameter in [*model.parameters(), *small.model.parameters()]))
        return text_nll(model, row)

    monkeypatch.setattr(taylor, "text_nll", watched)
    rank_layers("taylor", small, 1, texts)

    assert held == [0] * len(texts)
