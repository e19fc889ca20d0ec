from dataclasses import replace

import pytest
import torch
from scipy.linalg import hadamard as sylvester

from harness.errors import BadInput, DoesNotFit
from harness.models.fingerprint import fingerprint
from harness.prune.surgery import prune_layers, share
from harness.repair.linear_patch import linear_patch
from harness.repair.repair import repaired
from harness.selfcheck.tiny_random import tiny_random
from tests.conftest import random_model

GONE = (2, 3, 5)
TURN = torch.from_numpy(sylvester(32, dtype=float)) / 32**0.5  # another one's than the harness's


def growing(kind):
    """A layer that gives each rotated channel so many times its size."""

    class Growing(kind):
        def forward(self, hidden_states, **_):
            return ((hidden_states @ TURN) * self.growth) @ TURN.T

    return Growing


@pytest.mark.parametrize("family", ["llama", "qwen2", "gemma2"])
def test_layers_that_scale_rotated_channels_are_replaced_exactly(family, texts, logits):
    """On a new text nothing is missing, and it was before."""
    base = random_model(family).double()
    draw = torch.Generator().manual_seed(3)
    for place in (2, 3):
        layer = base.model.layers[place]
        layer.__class__ = growing(type(layer))
        growth = 0.5 + 2 * torch.rand(32, generator=draw, dtype=torch.float64)
        layer.register_buffer("growth", growth, persistent=False)
    pruned = prune_layers(base, [2, 3])
    whole, without, mended = logits(base), logits(pruned), logits(linear_patch(pruned, base, texts))

    assert float((whole - without).abs().max()) > 1e-2
    assert torch.allclose(whole, mended, atol=1e-8)


def released(base, texts, first, end):
    """The matrix as the authors' code has it (@ d1274e8): states that enter two layers, ratios text by text."""
    total = torch.zeros(32, dtype=torch.float64)
    for ids in texts:
        with torch.no_grad():
            states = base(torch.tensor([ids]), output_hidden_states=True, use_cache=False).hidden_states
        before, after = ((states[place][0].double() @ TURN).abs().mean(dim=0) for place in (first, end))
        total += after / before
    return TURN @ torch.diag(total / len(texts)) @ TURN.T


def test_each_cut_is_patched_as_released(texts, logits):
    """Oracle: hooks that multiply what leaves the layer before the cut; texts of unequal length."""
    base = random_model("llama")
    texts = [texts[0], texts[1][:7], texts[2]]
    pruned = prune_layers(base, GONE[:2])
    mended = linear_patch(pruned, base, texts)
    patch = released(base, texts, 2, 4).float()
    hook = pruned.model.layers[1].register_forward_hook(lambda _, __, output: output @ patch)
    by_hook = logits(pruned)
    hook.remove()

    assert torch.allclose(logits(mended), by_hook, atol=1e-4)
    assert not torch.allclose(logits(pruned), by_hook, atol=1e-2)


def test_a_cut_at_the_very_end_is_patched_before_the_final_norm(texts):
    """Two cuts, each of its own; layer 5 is the last one."""
    base = random_model("llama")
    mended = linear_patch(prune_layers(base, GONE), base, texts)

    assert [hasattr(layer, "patch") for layer in mended.model.layers] == [False, True, True]


def test_a_twin_of_the_mended_model_is_mended_too(texts, logits):
    """The layer itself does it, no hook; and the pruned model and the base are as they were."""
    base = random_model("llama")
    pruned = prune_layers(base, GONE)
    before, said = fingerprint(pruned), logits(pruned)
    mended = linear_patch(pruned, base, texts)

    assert torch.equal(logits(share(mended)), logits(mended))
    assert not torch.allclose(logits(mended), said, atol=1e-2)
    assert torch.equal(logits(pruned), said)
    assert fingerprint(pruned) == before != fingerprint(mended)


def test_what_was_patched_is_not_repaired_again(tiny):
    """Its parameters are the base's, and it would be patched twice."""
    texts = [list(range(3, 40))] * 8
    model = prune_layers(tiny.model, [5, 6])
    mended = repaired("linear_patch", replace(tiny, model=model), tiny.model, texts)
    for name in ("linear_patch", "norm"):
        with pytest.raises(BadInput, match="and patch of layer 4 is gone or changed too"):
            repaired(name, mended, tiny.model, texts)


def test_it_is_not_saved(texts, tmp_path):
    """No ordinary model has a place for the matrix."""
    base = random_model("llama")
    mended = linear_patch(prune_layers(base, [2]), base, texts)
    with pytest.raises(BadInput, match="cannot be saved: repair linear_patch puts a module of its own behind a layer"):
        mended.save_pretrained(tmp_path)


def test_in_bfloat16_the_matrix_is_float32(texts):
    """As released: only the stream that leaves is rounded."""
    base = random_model("llama").bfloat16()
    mended = linear_patch(prune_layers(base, [2]), base, texts)

    assert mended.model.layers[1].patch.dtype == torch.float32
    assert mended(torch.tensor([texts[0]])).logits.dtype == torch.bfloat16


def test_layers_that_return_tuples_are_patched(texts):
    """Bloom's do."""
    base = tiny_random("bloom")
    texts = [[token % 90 for token in ids] for ids in texts]
    pruned = prune_layers(base, [1])
    mended = linear_patch(pruned, base, texts)
    with torch.no_grad():
        one, other = (model(torch.tensor([texts[0]])).logits for model in (pruned, mended))

    assert one.shape == other.shape
    assert not torch.allclose(one, other, atol=1e-4)


def test_nothing_stands_before_the_first_layer(texts):
    """There is no layer to put it behind."""
    base = random_model("llama")
    with pytest.raises(DoesNotFit, match="put behind the layer before a cut, and layers 0-1 stood at the beginning"):
        linear_patch(prune_layers(base, [0, 1, 4]), base, texts)


def test_a_width_without_a_known_hadamard_matrix_is_refused(texts, monkeypatch):
    """By what it is."""
    monkeypatch.setattr("harness.repair.linear_patch.hadamard", lambda _: None)
    base = random_model("llama")
    with pytest.raises(DoesNotFit, match="and none of width 32 is known here; choose another repair, such as norm"):
        linear_patch(prune_layers(base, [2]), base, texts)


def test_a_channel_that_is_nothing_before_the_cut_is_refused(texts):
    """It cannot be given a size."""
    base = random_model("llama")
    base.model.embed_tokens.weight.zero_()
    with pytest.raises(BadInput, match="a rotated channel is nothing before layer 2, or is not finite"):
        linear_patch(prune_layers(base, [2]), base, texts)
