import copy
import re

import pytest
import torch

from harness.errors import DoesNotFit
from harness.models.fingerprint import fingerprint
from harness.prune.surgery import prune_layers
from harness.repair.replace_me import added_by, low_rank, replace_me
from harness.selfcheck.tiny_random import tiny_random
from tests.conftest import random_model

GONE = (2, 3)


@pytest.mark.parametrize("family", ["llama", "qwen2", "mistral"])
def test_linear_layers_are_replaced_exactly(family, make_linear, texts, logits):
    """Layers that map what the MLP before them wrote: on a new text nothing is missing, and it was before."""
    base = make_linear(family)
    pruned = prune_layers(base, GONE)
    whole, without, mended = logits(base), logits(pruned), logits(replace_me(pruned, base, texts))

    assert float((whole - without).abs().max()) > 0.1
    assert torch.allclose(whole, mended, atol=1e-8)


def test_a_tied_head_stays_tied_and_exact(make_linear, texts, logits):
    """One matrix per cut is another one, and no matrix elsewhere."""
    base = make_linear("llama")
    base.config.tie_word_embeddings = True
    base.tie_weights()
    pruned = prune_layers(base, GONE)
    mended = replace_me(pruned, base, texts)

    assert mended.lm_head.weight is base.model.embed_tokens.weight
    assert torch.allclose(logits(base), logits(mended), atol=1e-8)
    same = {name for name, weight in mended.named_parameters() if weight is pruned.get_parameter(name)}
    assert dict(mended.named_parameters()).keys() - same == {"model.layers.1.mlp.down_proj.weight"}


def released(base, texts, cuts):
    """The transform of each cut as the authors' code has it (mts-ai/ReplaceMe @ 5bb71d9), one text per batch."""
    sums = {cut: [torch.zeros(32, 32, dtype=torch.float64) for _ in range(2)] for cut in cuts}
    written = {}
    for ids in texts:
        handles = [
            layer.mlp.register_forward_hook(lambda _, __, output, place=place: written.update({place: output}))
            for place, layer in enumerate(base.model.layers)
        ]
        with torch.no_grad():
            states = base(torch.tensor([ids]), output_hidden_states=True, use_cache=False).hidden_states[1:]
        for handle in handles:
            handle.remove()
        for (start, end), both in sums.items():
            mlp = written[start - 1].view(-1, 32).to(torch.float64)
            target = states[end - 1].view(-1, 32).double() + mlp - states[start - 1].view(-1, 32).double()
            both[0] += mlp.T @ mlp
            both[1] += mlp.T @ target
    return {cut: torch.linalg.inv(gram) @ cross for cut, (gram, cross) in sums.items()}


@pytest.mark.parametrize("family", ["llama", "qwen2"])
def test_matrices_of_several_cuts_are_the_released_ones(family, texts):
    """Oracle: the authors' loop over hidden states, both cuts measured on the unpruned model."""
    base = random_model(family, depth=8)
    transforms = released(base, texts, [(2, 4), (5, 6)])
    mended = replace_me(prune_layers(base, [2, 3, 5]), base, texts)

    for place, cut in ((1, (2, 4)), (2, (5, 6))):
        before = base.model.layers[cut[0] - 1].mlp.down_proj.weight
        expected = (transforms[cut].T @ before.double()).float()
        assert torch.allclose(mended.model.layers[place].mlp.down_proj.weight, expected, atol=1e-4)
        assert not torch.allclose(before, expected, atol=1e-2)


def test_the_last_layers_are_measured_before_the_final_norm(texts):
    """Oracle: least squares on states that hooks saw, as many equations as tokens."""
    base = random_model("llama")
    seen = {}
    hooks = [
        base.model.layers[place].register_forward_hook(lambda _, __, output, place=place: seen.update({place: output}))
        for place in (3, 5)
    ]
    hooks.append(base.model.layers[3].mlp.register_forward_hook(lambda _, __, output: seen.update(mlp=output)))
    rows = []
    with torch.no_grad():
        for ids in texts:
            base(torch.tensor([ids]), use_cache=False)
            rows.append([seen["mlp"][0].double(), (seen[5] - seen[3] + seen["mlp"])[0].double()])
    for hook in hooks:
        hook.remove()
    written, target = (torch.cat(column) for column in zip(*rows, strict=True))
    transform = torch.linalg.lstsq(written, target).solution
    mended = replace_me(prune_layers(base, [4, 5]), base, texts)

    expected = (transform.T @ base.model.layers[3].mlp.down_proj.weight.double()).float()
    assert torch.allclose(mended.model.layers[3].mlp.down_proj.weight, expected, atol=1e-4)


@pytest.mark.parametrize("repair", [replace_me, low_rank])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_layers_that_do_nothing_cost_no_bit(repair, dtype, make_idle, texts, logits):
    """Also where the MLP writes fewer directions than there are: nothing is said of the others."""
    base = make_idle("llama", dtype)
    base.model.layers[1].mlp.down_proj.weight[20:] = 0
    pruned = prune_layers(base, GONE)
    mended = repair(pruned, base, texts)

    assert torch.equal(mended.model.layers[1].mlp.down_proj.weight, pruned.model.layers[1].mlp.down_proj.weight)
    assert mended.model.layers[1].mlp.down_proj.weight.dtype == dtype
    assert torch.equal(logits(mended), logits(base))


def test_a_bias_of_the_matrix_is_mapped_too(make_linear, texts, logits):
    """What the MLP writes is mapped whole."""
    base = make_linear("llama")
    writer = base.model.layers[1].mlp.down_proj
    writer.bias = torch.nn.Parameter(torch.linspace(-1, 1, 32, dtype=torch.float64), requires_grad=False)
    mended = replace_me(prune_layers(base, GONE), base, texts)

    assert torch.allclose(logits(base), logits(mended), atol=1e-8)


def test_in_bfloat16_the_stream_behind_the_cut_is_nearer(texts):
    """Measured on what bfloat16 computes; folded and rounded once."""
    base = random_model("llama").bfloat16()
    pruned = prune_layers(base, GONE)

    def behind(model, place):
        with torch.no_grad():
            ran = [model(torch.tensor([ids]), output_hidden_states=True, use_cache=False) for ids in texts]
        return torch.cat([each.hidden_states[place][0].float() for each in ran])

    aim, mended = behind(base, 4), replace_me(pruned, base, texts)
    assert float((behind(mended, 2) - aim).norm()) < 0.9 * float((behind(pruned, 2) - aim).norm())


def test_base_and_pruned_model_keep_their_weights(texts):
    """The mended model has a matrix of its own, and another fingerprint."""
    base = random_model("llama")
    pruned = prune_layers(base, GONE)
    before = copy.deepcopy(base.state_dict()), fingerprint(pruned)
    mended = replace_me(pruned, base, texts)

    assert all(torch.equal(value, before[0][name]) for name, value in base.state_dict().items())
    assert fingerprint(pruned) == before[1] != fingerprint(mended)


def test_a_map_of_few_directions_is_the_best_of_its_rank():
    """Oracle: the fit of all directions, cut to rank 3 by its singular values (Eckart and Young)."""
    draw = torch.Generator().manual_seed(3)
    written, added = (torch.randn(50, 12, generator=draw, dtype=torch.float64) for _ in range(2))
    gram, cross = written.T @ written, written.T @ added
    u, s, v = torch.linalg.svd(written @ torch.linalg.lstsq(written, added).solution)
    best = (u[:, :3] * s[:3]) @ v[:3]

    assert torch.allclose(written @ added_by(gram, cross, 3), best, atol=1e-9)
    assert torch.equal(added_by(gram, cross, 12), added_by(gram, cross))
    assert int(torch.linalg.matrix_rank(added_by(gram, cross, 3))) == 3


@pytest.mark.parametrize(
    ("family", "why"),
    [
        ("gemma2", "it is not added as it is (a norm or a scale stands behind it)"),
        ("glm4", "it is not added as it is (a norm or a scale stands behind it)"),
        ("granite", "it is not added as it is (a norm or a scale stands behind it)"),
        ("gpt2", "the MLP is written by transformers' Conv1D, which is not known here"),
        ("mixtral", "no single nn.Linear inside it writes it (experts do, or the layer has no MLP module of its own)"),
        ("opt", "no single nn.Linear inside it writes it (experts do, or the layer has no MLP module of its own)"),
    ],
)
def test_where_more_stands_between_mlp_and_stream_it_is_refused(family, why, texts):
    """For the reason that is theirs: a norm, a scale (Granite), a Conv1D, experts, or no MLP of its own."""
    base = tiny_random(family)
    if family == "granite":
        for layer in base.model.layers:
            layer.residual_multiplier = 0.22
    with pytest.raises(DoesNotFit, match=rf"MLP of layer 1 adds to the stream, and in \w+ {re.escape(why)}"):
        replace_me(prune_layers(base, GONE), base, [[token % 90 for token in ids] for ids in texts])
