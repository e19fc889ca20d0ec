"""A checkpoint is held against its parent: which layers are left, and what else differs."""

import copy
from dataclasses import replace
from itertools import combinations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.prune.alignment import LEAST, matched
from harness.prune.kinship import Kinship, Origin, kinship, only_cut
from harness.prune.surgery import prune_layers
from harness.repair.repair import repaired


def changed(loaded, model):
    return replace(loaded, model=model)


def test_the_layers_that_are_left_are_found_whoever_removed_them(tiny):
    """Nothing but the weights is read: no plan, no config entry."""
    pruned = copy.deepcopy(prune_layers(tiny.model, [2, 6, 7]))
    found = kinship(tiny, changed(tiny, pruned))

    assert found.kept == (0, 1, 3, 4, 5, 8, 9, 10, 11)
    assert all(origin.same for origin in found.origins)
    assert found.sentences() == [
        "9 of the parent's 12 layers: without 2,6-7",
        "weights of these layers: the parent's, bit for bit",
    ]


def test_layers_that_were_trained_on_are_still_known(tiny):
    """Correlation says whose they are; the sentence says how far they went."""
    pruned = copy.deepcopy(prune_layers(tiny.model, [4]))
    torch.manual_seed(0)
    with torch.no_grad():
        for layer in list(pruned.model.layers)[5:]:
            for p in layer.parameters():
                p.add_(0.1 * p.std() * torch.randn_like(p))
    found = kinship(tiny, changed(tiny, pruned))

    assert found.kept == (0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11)
    assert [origin.same for origin in found.origins] == [True] * 5 + [False] * 6
    (changes,) = (one for one in found.sentences() if "changed" in one)
    assert changes.startswith("weights of 6 of 11 layers were changed; they correlate with the parent's by 0.99")


def test_another_dtype_is_named_and_changes_no_layer(tiny):
    """Rounding is not training."""
    torch.manual_seed(0)
    wide = copy.deepcopy(tiny.model)  # the tiny model's own weights are stored in bfloat16
    with torch.no_grad():
        for p in wide.parameters():
            p.add_(1e-6 * torch.randn_like(p))
    tiny, half = changed(tiny, wide), copy.deepcopy(wide).to(torch.bfloat16)
    found = kinship(tiny, changed(tiny, half))
    assert all(origin.same for origin in found.origins)
    assert "weights of bfloat16, the parent's of float32" in found.sentences()
    again = kinship(tiny, changed(tiny, half.to(torch.float32)))
    assert again.sentences() == found.sentences()


def test_the_parent_itself_is_called_so(tiny):
    """Comparing a model with itself is a mistake that has a name."""
    assert kinship(tiny, tiny).sentences() == ["the same weights as the parent's, all 12 layers"]


def test_a_strangers_layers_are_of_no_layer(tiny):
    """Weights drawn anew resemble none."""
    stranger = copy.deepcopy(tiny.model)
    torch.manual_seed(1)
    with torch.no_grad():
        for p in stranger.model.layers[3].parameters():
            p.copy_(torch.randn_like(p))
    found = kinship(tiny, changed(tiny, stranger))
    assert found.kept is None
    assert found.sentences()[0] == (
        "12 layers, the parent has 12; of no layer of the parent's in its order: 3 (moved, repeated, of another width, "
        "or drawn anew)"
    )


def test_a_head_that_was_trained_is_seen(tiny):
    """What lies outside the layers counts too."""
    other = copy.deepcopy(tiny.model)
    with torch.no_grad():
        other.model.norm.weight.mul_(1.5)
    assert "embeddings, last norm or head were changed" in kinship(tiny, changed(tiny, other)).sentences()


def test_sizes_that_differ_are_named():
    """A model pruned in width has the parent's layers, and narrower ones."""
    narrow = Kinship(1, (Origin(0, 0.9),), True, ("float32", "float32"), {"intermediate_size": (384, 200)})
    assert "intermediate_size 200, the parent's 384" in narrow.sentences()


def test_a_parent_that_is_less_than_its_checkpoint_is_asked_about(tiny):
    """Whoever names the pruned one first is asked whether the two are swapped; the other way round nobody is."""
    pruned = changed(tiny, copy.deepcopy(prune_layers(tiny.model, [2, 6, 7])))
    wide = Kinship(1, (Origin(0, 0.9),), True, ("float32",) * 2, {}, parameters=(100, 2_000))

    assert kinship(pruned, tiny).sentences()[0] == (
        "has 12 layers, the parent 9: are the two swapped? The parent is named first"
    )
    assert wide.sentences()[0].startswith("has 2,000 parameters in its layers, the parent 100: are the two swapped?")
    assert not kinship(tiny, pruned).grown


def test_what_a_model_computes_beside_its_weights_is_named(tiny):
    """Equal weights under another activation, rotary base or end token are another model."""
    other = copy.deepcopy(tiny.model)
    other.config.hidden_act = "relu"
    other.generation_config.eos_token_id = [5, 6]
    said = kinship(tiny, changed(tiny, other)).sentences()
    assert "hidden_act relu, the parent's silu" in said
    assert any(sentence.startswith("end tokens [5, 6], the parent's ") for sentence in said)


def test_matrices_that_are_all_zero_are_named(tiny):
    """A unit that was masked out is gone, whatever correlates."""
    other = copy.deepcopy(tiny.model)
    with torch.no_grad():
        other.model.layers[3].self_attn.o_proj.weight.zero_()
    assert "all zero in layer 3 self_attn.o_proj" in kinship(tiny, changed(tiny, other)).sentences()


def test_a_head_untied_with_its_values_is_the_same(tiny):
    """Saved twice, it computes what it did."""
    other = copy.deepcopy(tiny.model)
    head = other.get_output_embeddings()
    head.weight = torch.nn.Parameter(head.weight.detach().clone())
    assert kinship(tiny, changed(tiny, other)).rest_same


@given(st.integers(1, 4), st.integers(1, 5), st.data())
def test_the_assignment_is_the_best_that_keeps_the_order(rows, columns, data):
    """Against every assignment there is."""
    value = st.integers(-10, 10).map(lambda number: number / 10)
    alike = [[data.draw(value) for _ in range(columns)] for _ in range(rows)]

    def gain(pairs):
        return sum(max(0.0, alike[row][column] - LEAST) for row, column in pairs)

    best = max(
        gain(zip(some, others, strict=True))
        for size in range(min(rows, columns) + 1)
        for some in combinations(range(rows), size)
        for others in combinations(range(columns), size)
    )
    found = [(row, column) for row, column in enumerate(matched(alike)) if column is not None]
    assert gain(found) == pytest.approx(best)
    assert [column for _, column in found] == sorted({column for _, column in found})
    assert all(alike[row][column] > LEAST for row, column in found)


@pytest.mark.parametrize("repair", [None, "norm", "bias", "replace_me"])
def test_a_checkpoint_that_was_cut_or_repaired_was_not_trained(tiny, repair):
    """Repairs change what writes to the stream, and nothing else."""
    cut = changed(tiny, prune_layers(tiny.model, [5, 6, 7]))
    texts = [[token % 500 + 3 for token in range(start, start + 64)] for start in range(6)]
    found = cut if repair is None else repaired(repair, cut, tiny.model, texts)

    assert only_cut(tiny, changed(found, copy.deepcopy(found.model).to(torch.bfloat16)))


def test_one_adapter_is_training(tiny):
    """A matrix of one layer that reads the stream."""
    pruned = copy.deepcopy(prune_layers(tiny.model, [5, 6, 7]))
    with torch.no_grad():
        pruned.model.layers[3].self_attn.q_proj.weight[0, 0] += 0.1

    assert not only_cut(tiny, changed(tiny, pruned))


def test_a_change_too_small_for_the_digits_is_no_identity(tiny):
    """As of weights in eight bits; and what a library notes of a checkpoint's origin is no setting of it."""
    other = changed(tiny, copy.deepcopy(tiny.model))
    torch.manual_seed(0)
    with torch.no_grad():
        for p in other.model.model.layers[3].parameters():
            p.add_(1e-2 * p.abs() * torch.randn_like(p))
    other.model.config._model_name_or_path = "elsewhere"
    said = " / ".join(kinship(tiny, other).sentences())

    assert "weights of 1 of 12 layers were changed; they correlate with the parent's by 0.9999 or more" in said
    assert "elsewhere" not in said
