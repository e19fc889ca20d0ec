import copy

import pytest
import torch

from harness.errors import BadInput
from harness.prune.compensation import compensated_steps, require_scalable, scale_factors, scaled_writers
from harness.prune.surgery import prune_layers
from harness.repair.norm import compensate
from harness.selfcheck.tiny_random import tiny_random
from tests.conftest import random_model

TEXTS = [[1, 5, 9, 13, 17, 21], [1, 6, 11, 16, 21, 26, 3, 4]]


def states(model, ids):
    """(input, output) of every layer on one text, each (T, D)."""
    seen = []
    handles = [
        layer.register_forward_hook(
            lambda _, args, kwargs, output: seen.append(((args[0] if args else kwargs["hidden_states"])[0], output[0])),
            with_kwargs=True,
        )
        for layer in model.model.layers
    ]
    with torch.no_grad():
        model(torch.tensor([ids]), use_cache=False)
    for handle in handles:
        handle.remove()
    return seen


def released(model, texts, count):
    """Prune&Comp as its authors run it, in place (PruneAndComp @ a19f882), one text per batch; Llama only."""
    layers, gone, scales = list(range(len(model.model.layers))), [], []
    for _ in range(count):
        influence, growth = torch.zeros(len(layers)), torch.zeros(len(layers))
        for ids in texts:
            for place, (a, b) in enumerate(states(model, ids)):
                cosines = (a @ b.T / (a.norm(dim=-1, keepdim=True) * b.norm(dim=-1, keepdim=True).T)).diagonal()
                influence[place] += (1 - cosines).sum()
                growth[place] += (b.abs().mean(dim=0) / a.abs().mean(dim=0)).mean() / len(texts)
        place = int(influence.argmin())
        scale = float(growth[place]) if place + 1 < len(layers) else 1.0  # the released code fails at the last layer
        del model.model.layers[place]
        model.model.embed_tokens.weight.data *= scale
        for layer in model.model.layers[:place]:
            layer.self_attn.o_proj.weight.data *= scale
            layer.mlp.down_proj.weight.data *= scale
        gone.append(layers.pop(place))
        scales.append(scale)
    return gone, scales, model


def test_layers_scales_and_logits_are_the_released_ones():
    """Oracle: the authors' loop, which changes a copy in place."""
    base = random_model("llama", depth=8)
    base.config.tie_word_embeddings = False
    gone, scales, theirs = released(copy.deepcopy(base), TEXTS, 3)

    steps = compensated_steps(base, TEXTS, 3, range(8))
    assert [step.layer for step in steps] == gone
    assert [step.scale for step in steps] == pytest.approx(scales, abs=1e-5)
    ours = compensate(prune_layers(base, gone), base, TEXTS)
    with torch.no_grad():
        assert torch.allclose(
            ours(torch.tensor(TEXTS[:1])).logits, theirs(torch.tensor(TEXTS[:1]), use_cache=False).logits, atol=1e-4
        )


def test_a_step_is_measured_on_the_compensated_model():
    """The second scale is not the one-shot scale of the same layer."""
    base = random_model("llama", depth=8)
    first, second = compensated_steps(base, TEXTS, 2, (3, 4))
    alone = compensated_steps(base, TEXTS, 1, (second.layer,))[0]

    assert {first.layer, second.layer} == {3, 4}
    assert abs(alone.scale - second.scale) > 1e-4


def test_no_scale_stands_behind_the_last_layer():
    """The final norm would remove it, so nothing is folded for it."""
    base = random_model("llama")
    (step,) = compensated_steps(base, TEXTS, 1, (5,))

    assert step.scale == 1.0
    assert scale_factors([step], [0, 1, 2, 3, 4]) == [1.0] * 6


@pytest.mark.parametrize("family", ["llama", "qwen2", "mistral", "gemma2", "glm4"])
def test_what_is_written_scales_the_stream(family):
    """With every writer doubled, every stream doubles and the logits stay, whatever a family's norms add to w."""
    require_scalable(tiny_random(family), [1, 5, 9, 13])


def test_a_family_that_reads_without_a_norm_is_refused():
    """OLMo-2 normalises what a unit writes, not what it reads: a larger stream is another input there."""
    with pytest.raises(BadInput, match=r"in Olmo2ForCausalLM that changes the logits by \d+"):
        require_scalable(tiny_random("olmo2"), [1, 5, 9, 13])


def test_a_norm_taken_for_another_kind_is_noticed(monkeypatch):
    """Were Gemma's norms (1 + w) taken for plain ones, every scale would be wrong without a word."""
    monkeypatch.setattr("harness.prune.compensation._offset", lambda _: 0.0)
    with pytest.raises(BadInput, match=r"in Gemma2ForCausalLM that changes the logits by \d+"):
        require_scalable(tiny_random("gemma2"), [1, 5, 9, 13])


def test_a_family_with_other_writers_is_refused():
    """GPT-2 writes through Conv1D modules of other names."""
    with pytest.raises(BadInput, match="GPT2Block does not: choose another method or recipe"):
        scaled_writers(tiny_random("gpt2"), [2.0] * 7)


@pytest.mark.parametrize("texts", [[], [[1, 2], []]], ids=["none", "an empty one"])
def test_texts_without_tokens_are_refused(texts):
    """There is nothing to measure on."""
    with pytest.raises(BadInput, match="no calibration text, or an empty one"):
        compensated_steps(random_model("llama"), texts, 1, range(6))
