"""Sums of weights."""

import pytest

from harness.errors import BadInput
from harness.methods.rank import rank_layers
from harness.methods.tools.layer_weights import layer_weights

OF_A_LAYER = (
    *("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
    *("input_layernorm", "post_attention_layernorm"),
)


@pytest.mark.parametrize(("name", "power"), [("magnitude_l1", 1), ("magnitude_l2", 2)])
def test_scores_are_sums_over_matrices_and_norms(small, name, power):
    """score_l = sum of |w|^p, one weight after the other."""
    expected = []
    for layer in range(small.depth):
        total = 0.0
        for key, value in small.model.state_dict().items():
            if key.startswith(f"model.layers.{layer}.") and key.split(".")[-2] in OF_A_LAYER:
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
    with pytest.raises(BadInput, match=r"quantised weights \(weight is stored as uint8\).* in float32 or bfloat16"):
        layer_weights(layer)


def test_a_layer_without_matrices_is_refused():
    """There is nothing to add up."""
    from torch import nn

    with pytest.raises(BadInput, match="LayerNorm has no weight matrices"):
        layer_weights(nn.LayerNorm(2))


def test_norms_decide_where_matrices_are_alike(small):
    """Layers with equal matrices go by their norms, the smallest first."""
    import copy
    from dataclasses import replace

    model = copy.deepcopy(small.model)
    for index, layer in enumerate(model.model.layers):
        layer.load_state_dict(model.model.layers[0].state_dict())
        layer.input_layernorm.weight.data.fill_(float((3 * index) % 7 + 1))  # 1 4 7 3 6 2
    ranking = rank_layers("magnitude_l1", replace(small, model=model), 3, [])

    assert ranking.layers == (0, 5, 3)


def test_biases_do_not_count(make_random):
    """They are no weights by name, in the authors' loop as here."""
    (layer, *_) = make_random("qwen2").model.layers

    assert any(name.endswith("bias") for name, _ in layer.named_parameters())
    assert not any(name.endswith("bias") for name in layer_weights(layer))
