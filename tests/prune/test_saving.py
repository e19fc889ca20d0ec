"""A variant that is saved and loaded again is the same model, or saving it is refused."""

import copy

import pytest

from harness.errors import BadInput
from harness.models.agreement import TOLERANCE
from harness.models.structure import per_layer_lists
from harness.prune.surgery import prune_layers, share
from harness.selfcheck import tiny_random
from harness.selfcheck.oracles import from_reloading, from_skipping

WAYS = ((0,), (2,), (1, 3), (0, 2, 4), (1, 3, 5))
PLACES = [
    ("qwen2_moe", {"decoder_sparse_step": 2}),
    ("qwen3_moe", {"decoder_sparse_step": 3, "mlp_only_layers": [2]}),
    ("flint", {"decoder_sparse_step": 2}),
    ("ernie4_5_moe", {"moe_layer_end_index": 3}),
    ("ernie4_5_moe", {"moe_layer_start_index": 2, "moe_layer_end_index": 4}),
    ("ernie4_5_moe", {"moe_layer_interval": 2}),
    ("gpt2", {"scale_attn_by_inverse_layer_idx": True}),
    ("smollm3", {"no_rope_layer_interval": 2}),
    ("qwen2", {"use_sliding_window": True, "max_window_layers": 3}),
    ("axk1", {"moe_layer_freq": 2}),
    ("deepseek_v3", {"first_k_dense_replace": 3}),
]
REFUSED_WAYS = {"ernie4_5_moe moe_layer_interval": 2, "gpt2 scale_attn_by_inverse_layer_idx": 5}


def random_with(model_type, values, monkeypatch):
    """A random model of a type with other values in its config."""
    usual = tiny_random.EXCEPTIONS.get(model_type, {})
    monkeypatch.setitem(tiny_random.EXCEPTIONS, model_type, usual | values)
    return tiny_random.tiny_random(model_type)


@pytest.mark.parametrize(("model_type", "values"), PLACES, ids=[f"{kind} {next(iter(v))}" for kind, v in PLACES])
def test_numbers_that_mean_a_place_follow_the_layers(model_type, values, monkeypatch):
    """The saved variant skips what the one in memory skips; where no config says it, saving is refused."""
    model = random_with(model_type, values, monkeypatch)
    refused = 0
    for layers in WAYS:
        variant = prune_layers(model, layers)
        assert from_skipping(model, variant, layers) < TOLERANCE
        try:
            assert from_reloading(variant) < TOLERANCE
        except BadInput as error:
            assert "right in memory, and saved it would load as another model" in str(error)  # noqa: PT017
            refused += 1

    assert refused == REFUSED_WAYS.get(f"{model_type} {next(iter(values))}", 0)


def test_lists_of_another_length_are_not_cut(monkeypatch):
    """Mamba-2's two limits of a time step are no list of two layers."""
    model = random_with("mamba2", {"num_hidden_layers": 2}, monkeypatch)
    variant = prune_layers(model, (0,))

    assert "time_step_limit" not in per_layer_lists(model.config)
    assert variant.config.time_step_limit == model.config.time_step_limit
    assert from_reloading(variant) < TOLERANCE


def test_the_refusal_stays_with_the_variant(tmp_path, monkeypatch):
    """A copy and a twin are refused as well; a variant of a variant is judged anew."""
    model = random_with("gpt2", {"scale_attn_by_inverse_layer_idx": True}, monkeypatch)
    wrong = prune_layers(model, (0,))
    for other in (wrong, copy.deepcopy(wrong), share(wrong)):
        with pytest.raises(BadInput, match=r"\(attn.scaling of layer 0 would be"):
            other.save_pretrained(tmp_path)

    assert not list(tmp_path.iterdir())
    assert from_reloading(prune_layers(model, (5,))) < TOLERANCE
