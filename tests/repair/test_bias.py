import pytest
import torch
from transformers import AutoModelForCausalLM

from harness.errors import BadInput
from harness.prune.surgery import prune_layers
from harness.repair.bias import bias
from harness.selfcheck.tiny_random import tiny_random
from tests.conftest import random_model

GONE = (2, 3, 5)


def added(base, texts, first, end):
    """The mean over all tokens of what layers first..end-1 added, as states before and behind them say."""
    rows, seen = [], {}
    hooks = [
        base.model.layers[place].register_forward_hook(lambda _, __, output, place=place: seen.update({place: output}))
        for place in (first - 1, end - 1)
    ]
    with torch.no_grad():
        for ids in texts:
            base(torch.tensor([ids]), use_cache=False)
            rows.append((seen[end - 1] - seen[first - 1])[0])
    for hook in hooks:
        hook.remove()
    return torch.cat(rows).mean(dim=0)


@pytest.mark.parametrize("family", ["llama", "qwen2"])
def test_each_cut_adds_the_mean_of_what_is_missing(family, texts, logits):
    """Oracle: hooks that add it to the stream; the last cut has nothing behind it but the final norm."""
    base = random_model(family)
    pruned = prune_layers(base, GONE)
    mended = bias(pruned, base, texts)
    means = {1: added(base, texts, 2, 4), 2: added(base, texts, 5, 6)}
    hooks = [
        pruned.model.layers[place].register_forward_hook(lambda _, __, output, mean=mean: output + mean)
        for place, mean in means.items()
    ]
    by_hooks = logits(pruned)
    for hook in hooks:
        hook.remove()

    assert torch.allclose(logits(mended), by_hooks, atol=1e-4)
    assert not torch.allclose(logits(pruned), by_hooks, atol=1e-2)


def test_a_bias_that_is_there_is_added_to(texts):
    """Of a Llama whose MLPs have biases."""
    base = random_model("llama")
    base.config.mlp_bias = True
    for layer in base.model.layers:
        for part in (layer.mlp.gate_proj, layer.mlp.up_proj, layer.mlp.down_proj):
            part.bias = torch.nn.Parameter(torch.full((part.out_features,), 0.5), requires_grad=False)
    mended = bias(prune_layers(base, [2]), base, texts)

    expected = added(base, texts, 2, 3) + 0.5
    assert torch.allclose(mended.model.layers[1].mlp.down_proj.bias, expected, atol=1e-5)
    assert torch.equal(mended.model.layers[0].mlp.down_proj.bias, base.model.layers[0].mlp.down_proj.bias)


def test_a_llama_with_it_loads_from_its_folder(tmp_path, texts, logits):
    """An ordinary model: its config asks for biases, and all of them are there."""
    base = random_model("llama")
    mended = bias(prune_layers(base, GONE), base, texts)
    mended.save_pretrained(tmp_path)
    again = AutoModelForCausalLM.from_pretrained(tmp_path)

    assert again.config.mlp_bias
    assert not base.config.mlp_bias
    assert torch.equal(logits(again), logits(mended))


def test_a_family_whose_files_have_no_place_for_it_is_not_saved(tmp_path, texts):
    """Qwen2's MLPs have no bias, whatever the config says; in memory it is right."""
    base = random_model("qwen2")
    mended = bias(prune_layers(base, GONE), base, texts)
    with pytest.raises(BadInput, match=r"right in memory, and saved .*: mlp.down_proj.bias of layer 1 would be None"):
        mended.save_pretrained(tmp_path)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_layers_that_do_nothing_get_a_bias_of_nothing(dtype, make_idle, texts, logits):
    """To the last bit."""
    base = make_idle("llama", dtype)
    mended = bias(prune_layers(base, [2, 3]), base, texts)

    assert not mended.model.layers[1].mlp.down_proj.bias.any()
    assert torch.equal(logits(mended), logits(base))


def test_a_norm_behind_the_mlp_is_refused(texts):
    """Gemma-2 would scale the bias by what the MLP happens to write."""
    base = tiny_random("gemma2")
    with pytest.raises(BadInput, match="in Gemma2DecoderLayer it is not added as it is"):
        bias(prune_layers(base, [2]), base, [[token % 90 for token in ids] for ids in texts])
