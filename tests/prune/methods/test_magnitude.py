"""Sums of weights."""

import pytest

from harness.errors import BadInput
from harness.prune.matrices import matrices
from harness.prune.rank import rank_layers

LINEAR = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@pytest.mark.parametrize(("name", "power"), [("magnitude_l1", 1), ("magnitude_l2", 2)])
def test_scores_are_sums_over_the_seven_linear_weights(small, name, power):
    """score_l = sum of |w|^p, one weight after the other; norms do not count."""
    expected = []
    for layer in range(small.depth):
        total = 0.0
        for key, value in small.model.state_dict().items():
            if key.startswith(f"model.layers.{layer}.") and key.split(".")[-2] in LINEAR:
                total += float((value.double().abs() ** power).sum())
        expected.append(total)
    ranking = rank_layers(name, small, 3, [])

    assert ranking.scores == pytest.approx(expected, rel=1e-5)
    assert ranking.layers == tuple(sorted(range(small.depth), key=lambda layer: expected[layer])[:3])


def test_quantised_weights_are_refused():
    """Packed 4-bit numbers are no weights, so their sum would mean nothing."""
    import torch
    from torch import nn

    layer = nn.Linear(2, 2)
    layer.weight = nn.Parameter(torch.zeros(4, 1, dtype=torch.uint8), requires_grad=False)
    with pytest.raises(BadInput, match=r"quantised weights \(weight\).*load the model in float32 or bfloat16"):
        matrices(layer)


def test_a_layer_without_matrices_is_refused():
    """There is nothing to add up."""
    from torch import nn

    with pytest.raises(BadInput, match="LayerNorm has no weight matrices"):
        matrices(nn.LayerNorm(2))
