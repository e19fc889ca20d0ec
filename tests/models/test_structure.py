from types import SimpleNamespace

import pytest
from torch import nn
from transformers import AutoModelForCausalLM, LlamaConfig

from harness.errors import BadInput
from harness.models.structure import decoder_layers, per_layer_lists
from harness.prune.surgery import prune_layers


def small_llama(depth, **options):
    """A random Llama of `depth` layers."""
    shape = {"vocab_size": 99, "hidden_size": 32, "intermediate_size": 64, "num_attention_heads": 4}
    return AutoModelForCausalLM.from_config(LlamaConfig(**shape, num_hidden_layers=depth, **options)).eval()


def test_layers_are_found_in_every_family(family_model):
    """The decoder layers are the list at `model.layers`, as long as the config says."""
    found = decoder_layers(family_model)

    assert found.path == "model.layers"
    assert found.modules is family_model.model.layers


def test_a_model_without_such_a_list_is_refused():
    """A config that promises another depth than the model has is named."""
    model = small_llama(2)
    model.config.num_hidden_layers = 5
    with pytest.raises(BadInput, match="LlamaForCausalLM: expected one list of 5 decoder layers, found none"):
        decoder_layers(model)


def test_two_such_lists_are_refused():
    """Where two lists could be the decoder layers, both are named and none is guessed."""
    model = small_llama(2)
    model.model.others = nn.ModuleList(nn.ModuleDict({"a": nn.Identity(), "b": nn.Identity()}) for _ in range(2))
    with pytest.raises(BadInput, match=r"expected one list of 2 decoder layers, found model.layers, model.others"):
        decoder_layers(model)


def test_what_a_layer_holds_is_no_such_list():
    """As many experts as layers, of several parts each."""
    model = small_llama(2)
    for layer in model.model.layers:
        layer.experts = nn.ModuleList(nn.ModuleDict({"up": nn.Identity(), "down": nn.Identity()}) for _ in range(2))

    assert decoder_layers(model).path == "model.layers"


def test_per_layer_lists_are_found_by_length():
    """Lists and tuples of one entry a layer are found, others are not."""
    config = SimpleNamespace(num_hidden_layers=3, layer_types=["a", "b", "c"], windows=(1, 2, 3), short=[1], text="abc")

    assert per_layer_lists(config) == ("layer_types", "windows")


def test_end_tokens_are_no_per_layer_list():
    """A model with as many end tokens as layers keeps all of its end tokens."""
    assert prune_layers(small_llama(3, eos_token_id=[7, 8, 9]), [1]).config.eos_token_id == [7, 8, 9]
