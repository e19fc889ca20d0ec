"""Structured width pruning: a narrower model is the base with silenced neurons."""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from harness.errors import BadInput
from harness.models.fingerprint import fingerprint
from harness.models.structure import decoder_layers
from harness.prune.surgery import prune_layers
from harness.prune.width import (
    MULTIPLE,
    narrowed,
    narrowed_to,
    neuron_importance,
    neurons_that_stay,
    parameter_count,
)

IDS = torch.randint(3, 99, (2, 9), generator=torch.Generator().manual_seed(0))
KEPT = [sorted(torch.randperm(64, generator=torch.Generator().manual_seed(layer))[:40].tolist()) for layer in range(6)]
TEXTS = ["the keeper of the harbor counts coins .", "finn has 23 stamps ."]


def logits(model):
    with torch.inference_mode():
        return model(IDS, use_cache=False).logits


def silenced(model, kept):
    """The literal form: a copy of the base in which the other neurons reach nothing."""
    slow = copy.deepcopy(model)
    for layer, neurons in zip(decoder_layers(slow).modules, kept, strict=True):
        gone = [neuron for neuron in range(layer.mlp.down_proj.in_features) if neuron not in neurons]
        layer.mlp.down_proj.weight.data[:, gone] = 0
    return slow


def test_a_narrower_model_is_the_base_with_silenced_neurons(family_model):
    """The same logits, and not the base's (four families)."""
    expected = logits(silenced(family_model, KEPT))

    torch.testing.assert_close(logits(narrowed(family_model, KEPT)), expected, atol=1e-5, rtol=0)
    assert (logits(family_model) - expected).abs().max() > 1e-2


def test_it_is_an_ordinary_model(family_model, tmp_path):
    """Saved and loaded again it is the same one, and it generates the same with and without the cache."""
    variant = narrowed(family_model, KEPT)
    variant.save_pretrained(tmp_path)
    loaded = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    options = {"max_new_tokens": 8, "do_sample": False, "pad_token_id": 0, "eos_token_id": None}

    assert loaded.config.intermediate_size == 40
    assert torch.equal(logits(loaded), logits(variant))
    assert torch.equal(*(variant.generate(IDS, use_cache=cached, **options) for cached in (True, False)))


def test_the_base_is_untouched(family_model):
    """Neither its weights nor its config know of the variant."""
    before = fingerprint(family_model)
    assert fingerprint(narrowed(family_model, KEPT)) != before
    assert fingerprint(family_model) == before
    assert family_model.config.intermediate_size == 64


def test_importance_is_minitrons_formula(tiny):
    """Mean |activation| over a text's tokens, L2 over texts, against a transcription of it."""
    importance = neuron_importance(tiny, TEXTS)

    expected = torch.zeros_like(importance)
    for layer, module in enumerate(decoder_layers(tiny.model).modules):
        means = []
        for text in TEXTS:
            entering = []
            handle = module.mlp.register_forward_pre_hook(lambda _, args, kept=entering: kept.append(args[0]))
            with torch.inference_mode():
                tiny.model(**tiny.tokenizer(text, return_tensors="pt", add_special_tokens=True))
            handle.remove()
            gate, up = module.mlp.gate_proj(entering[0]), module.mlp.up_proj(entering[0])
            means.append((torch.nn.functional.silu(gate) * up).abs()[0].mean(0))
        expected[layer] = torch.stack(means).norm(dim=0)
    torch.testing.assert_close(importance, expected, rtol=1e-4, atol=1e-6)


def test_it_has_as_many_parameters_as_the_shallower_model(tiny):
    """Within half of 32 neurons of every layer; the least important neurons are the ones that go."""
    wanted = parameter_count(prune_layers(tiny.model, [5, 6, 7]))
    narrow = narrowed_to(tiny, wanted, TEXTS)

    assert abs(parameter_count(narrow) - wanted) <= 12 * 3 * 128 * MULTIPLE / 2
    stays = narrow.config.intermediate_size
    best = sorted(neuron_importance(tiny, TEXTS)[4].argsort(descending=True, stable=True)[:stays].tolist())
    assert torch.equal(
        decoder_layers(narrow).modules[4].mlp.up_proj.weight,
        decoder_layers(tiny.model).modules[4].mlp.up_proj.weight[best],
    )


@given(
    depth=st.integers(1, 80), per_neuron=st.integers(1, 20_000), width=st.integers(2, 30_000), share=st.floats(0.0, 1.0)
)
def test_the_number_of_neurons_is_the_nearest(depth, per_neuron, width, share):
    """No other multiple comes nearer, and what cannot be given is refused."""
    surplus = round(share * depth * per_neuron * width)
    wanted = width - surplus / (depth * per_neuron)
    try:
        stays = neurons_that_stay(surplus, depth, per_neuron, width)
    except BadInput:
        assert wanted <= MULTIPLE / 2 or wanted >= width - MULTIPLE
        return
    assert stays % MULTIPLE == 0
    assert abs(stays - wanted) <= MULTIPLE / 2


@pytest.mark.parametrize(("surplus", "left"), [(0, 384), (12 * 384 * 380, 0)])
def test_too_little_and_too_much_are_refused(surplus, left):
    """The sentence says what would be left, and what can be."""
    with pytest.raises(
        BadInput, match=f"would leave {left} of the 384 neurons of each of 12 layers; expected a multiple"
    ):
        neurons_that_stay(surplus, 12, 384, 384)


@pytest.mark.parametrize(
    ("kept", "complaint"),
    [
        ([[0]] * 5, r"neurons of \[1, 1, 1, 1, 1\] for 6 layers"),
        ([[0]] * 5 + [[0, 1]], "expected as many of each layer"),
        ([[]] * 6, "at least 1"),
        ([[0]] * 5 + [[64]], "layer 5: expected increasing neurons from 0 to 63"),
        ([[1, 0]] * 6, "layer 0: expected increasing neurons"),
    ],
)
def test_lists_that_do_not_fit_are_refused(make_random, kept, complaint):
    """One sentence, before anything is made."""
    with pytest.raises(BadInput, match=complaint):
        narrowed(make_random("llama"), kept)


def test_a_model_without_gated_mlps_is_refused():
    """GPT-2's MLP has other parts."""
    from transformers import GPT2Config

    config = GPT2Config(vocab_size=99, n_embd=32, n_layer=2, n_head=4, n_positions=64)
    with pytest.raises(
        BadInput, match="GPT2MLP cannot be made narrower: expected plain linear maps gate_proj, up_proj"
    ):
        narrowed(AutoModelForCausalLM.from_config(config), [[0], [0]])


def test_importance_needs_texts(tiny):
    """Nothing can be ranked by no text."""
    with pytest.raises(BadInput, match="no calibration texts"):
        neuron_importance(tiny, [])
