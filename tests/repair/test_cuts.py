from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.prune.apply import apply_plan, savable_variant
from harness.prune.plan import parse_plan
from harness.prune.surgery import prune_layers
from harness.repair.bias import bias
from harness.repair.cuts import Cut, cuts_of
from harness.repair.replace_me import replace_me
from tests.conftest import random_model


@given(st.sets(st.integers(0, 9), min_size=1))
def test_cuts_are_the_layers_that_are_gone(kept):
    """Each once, in runs that do not touch, in order."""
    cuts = cuts_of(sorted(kept), 10)

    assert {layer for cut in cuts for layer in range(cut.first, cut.end)} == set(range(10)) - kept
    assert all(one.end < other.first for one, other in pairwise(cuts))


def test_a_cut_is_named_by_its_layers():
    """As people write ranges."""
    assert [str(cut) for cut in cuts_of([0, 2, 3], 6)] == ["layer 1", "layers 4-5"]
    assert cuts_of([0, 2, 3], 6) == [Cut(1, 2), Cut(4, 6)]


def test_nothing_stands_before_the_first_layer(texts):
    """There is no MLP to fold into."""
    base = random_model("llama")
    with pytest.raises(BadInput, match="and layers 0-1 stood at the beginning; keep layer 0"):
        replace_me(prune_layers(base, [0, 1, 4]), base, texts)


@pytest.mark.parametrize("variant_of", [apply_plan, savable_variant], ids=["absent", "all zero"])
def test_an_mlp_that_is_gone_too_carries_nothing(variant_of, texts):
    """Whether it is absent in memory or zero in a folder."""
    base = random_model("llama")
    with pytest.raises(BadInput, match="the MLP of layer 1, and that is gone too"):
        replace_me(variant_of(base, parse_plan("2-3,mlp1", 6)), base, texts)


def test_too_few_tokens_are_refused(texts):
    """Of 63 tokens a map of 32 channels would fit the noise."""
    base = random_model("llama")
    with pytest.raises(BadInput, match="given 63 calibration tokens, and of fewer than 64"):
        replace_me(prune_layers(base, [2]), base, [*texts[:2], texts[2][:15]])


@pytest.mark.parametrize("given", [[], [[1, 2], []]], ids=["none", "an empty one"])
@pytest.mark.parametrize("repair", [replace_me, bias])
def test_texts_without_tokens_are_refused(repair, given):
    """There is nothing to measure on."""
    base = random_model("llama")
    with pytest.raises(BadInput, match="was given no calibration text, or an empty one"):
        repair(prune_layers(base, [2]), base, given)


def test_a_model_that_lacks_no_layer_is_refused(texts):
    """There is no cut."""
    base = random_model("llama")
    with pytest.raises(BadInput, match="a model that lacks no layer"):
        replace_me(base, base, texts)


def test_layers_are_counted_in_a_pruned_base_too(texts):
    """A variant of a variant names its layers as the first model's."""
    base = prune_layers(random_model("llama", depth=8), [1])
    mended = replace_me(prune_layers(base, [3]), base, texts)

    assert mended.config.kept_layers == [0, 2, 3, 5, 6, 7]
    changed = [name for name, weight in mended.named_parameters() if weight is not base.get_parameter(name)]
    assert "model.layers.2.mlp.down_proj.weight" in changed
