"""Attention-only and MLP-only removal: the same oracles as for whole layers."""

import copy

import pytest
import torch
from transformers import AutoModelForCausalLM, BloomConfig, GPTNeoXConfig, MixtralConfig, OPTConfig

from harness.errors import BadInput
from harness.models.fingerprint import fingerprint
from harness.models.structure import decoder_layers
from harness.prune.surgery import prune_layers
from harness.prune.units import unit_names, without_units, zero_units

IDS = torch.randint(3, 99, (2, 9), generator=torch.Generator().manual_seed(0))
CASES = [((0,), ()), ((), (0,)), ((5,), (0, 2)), ((0, 1, 2), (3, 4, 5)), ((0, 1, 2, 3, 4, 5), ())]


def logits(model):
    with torch.inference_mode():
        return model(IDS, use_cache=False).logits


def zero_outputs(model, attention, mlp):
    """The literal form of F13: a copy of the base whose output projections are zero."""
    slow = copy.deepcopy(model)
    for layers, home, projection in ((attention, "self_attn", "o_proj"), (mlp, "mlp", "down_proj")):
        for layer in layers:
            linear = decoder_layers(slow).modules[layer].get_submodule(home).get_submodule(projection)
            linear.weight.data.zero_()
            if linear.bias is not None:
                linear.bias.data.zero_()
    return slow


@pytest.mark.parametrize(("attention", "mlp"), CASES)
def test_a_missing_unit_equals_zeroed_output_projections(family_model, attention, mlp):
    """Neither the residual stream nor anything else sees a removed unit (four families)."""
    expected = logits(zero_outputs(family_model, attention, mlp))

    torch.testing.assert_close(logits(without_units(family_model, attention, mlp)), expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(logits(zero_units(family_model, attention, mlp)), expected, atol=1e-5, rtol=0)
    assert (logits(family_model) - expected).abs().max() > 1e-2


@pytest.mark.parametrize(("attention", "mlp"), CASES)
def test_the_cache_keeps_count_without_an_attention(family_model, attention, mlp):
    """Generation with and without the key-value cache is equal, also when the first layer has no attention."""
    variant = without_units(family_model, attention, mlp)
    options = {"max_new_tokens": 8, "do_sample": False, "pad_token_id": 0, "eos_token_id": None}

    cached, plain = (variant.generate(IDS, use_cache=cached, **options) for cached in (True, False))

    assert torch.equal(cached, plain)


def test_the_base_is_untouched_and_variants_are_told_apart(family_model):
    """Removing units changes nothing in the base, and each variant has a fingerprint of its own."""
    before = fingerprint(family_model)
    found = {fingerprint(without_units(family_model, attention, mlp)) for attention, mlp in CASES}

    assert fingerprint(family_model) == before
    assert len(found | {before}) == len(CASES) + 1


def test_a_layer_without_both_units_is_a_removed_layer(family_model):
    """Taking both units of a layer is taking the layer."""
    torch.testing.assert_close(
        logits(without_units(family_model, (2,), (2,))), logits(prune_layers(family_model, (2,))), atol=1e-5, rtol=0
    )


def tiny(config_class, **options):
    torch.manual_seed(0)
    config = config_class(vocab_size=99, pad_token_id=0, bos_token_id=1, eos_token_id=2, **options)
    return AutoModelForCausalLM.from_config(config).eval()


@pytest.mark.parametrize(
    "model",
    [
        pytest.param(
            lambda: tiny(MixtralConfig, num_hidden_layers=3, hidden_size=32, num_attention_heads=2,
                         num_key_value_heads=2, intermediate_size=64, num_local_experts=4), id="mixture of experts"),
        pytest.param(
            lambda: tiny(GPTNeoXConfig, num_hidden_layers=3, hidden_size=32, num_attention_heads=2,
                         intermediate_size=64), id="parallel units"),
    ],
)  # fmt: skip
def test_units_of_other_layouts_are_found(model):
    """Experts and parallel residuals are no obstacle: absent equals zero."""
    base = model()
    torch.testing.assert_close(logits(without_units(base, (0,), (2,))), logits(zero_units(base, (0,), (2,))))


def test_units_that_add_the_residual_themselves_are_refused():
    """BLOOM's units return the stream, not what they add: taking one away would cut the stream."""
    bloom = tiny(BloomConfig, n_layer=3, hidden_size=32, n_head=2)
    with pytest.raises(BadInput, match="BloomBlock without its attention and MLP does not hand on its input"):
        without_units(bloom, (1,))


def test_a_layer_without_an_mlp_module_is_refused():
    """OPT keeps its MLP as two linear layers of the decoder layer."""
    opt = tiny(
        OPTConfig, num_hidden_layers=3, hidden_size=32, num_attention_heads=2, ffn_dim=64, word_embed_proj_dim=32
    )
    with pytest.raises(BadInput, match=r"OPTDecoderLayer .*remove whole layers instead"):
        without_units(opt, (), (1,))


def test_units_are_named_by_structure(family_model):
    """The attention knows its layer; the MLP is the heaviest of the rest."""
    assert unit_names(decoder_layers(family_model).modules[0]) == {"attn": "self_attn", "mlp": "mlp"}
