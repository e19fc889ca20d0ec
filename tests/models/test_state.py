"""Every bit of a model and of its tokenizer, by name."""

import torch

from harness.models.state import differences, state_of, weights_of
from harness.models.structure import decoder_layers


def test_frequencies_made_anew_for_each_length_are_no_change(make_random):
    """A dynamic rotary embedding computes them for every input that is longer than any before."""
    from transformers import AutoModelForCausalLM

    config = make_random("llama").config
    config.rope_parameters = {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 10_000.0}
    model = AutoModelForCausalLM.from_config(config).eval()
    before, weights = state_of(model), weights_of(model)
    with torch.no_grad():
        model(torch.arange(200)[None] % 99)

    assert differences(before, state_of(model)) == []
    assert weights_of(model) == weights


def test_two_swapped_weights_are_a_change(tiny):
    """Every bit counts, also in an order that no sum notices."""
    before = state_of(tiny.model)
    weights = decoder_layers(tiny.model).modules[3].mlp.down_proj.weight.data.view(-1)
    one, other = weights[1].clone(), weights[2].clone()
    weights[1], weights[2] = other, one
    changed = differences(before, state_of(tiny.model))
    weights[1], weights[2] = one, other

    assert one != other
    assert changed == ["weights of model.layers.3.mlp.down_proj.weight"]
