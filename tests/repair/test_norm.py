import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.prune.surgery import prune_layers
from harness.repair.norm import match_norms, scales_at_cuts, stream_norms
from tests.conftest import random_model

TEXTS = [[1, 5, 9, 13, 17, 21], [1, 6, 11, 16, 21, 26]]


def test_a_scale_stands_at_each_cut_only():
    """Layers 2 and 3 of 5 are gone: what enters layer 4 is scaled from the norm before 2 to the norm before 4."""
    assert scales_at_cuts([1.0, 1.5, 2.0, 4.0, 8.0, 9.0], kept=[0, 1, 4]) == [1.0, 1.0, 8.0 / 2.0, 1.0]


@given(st.lists(st.floats(0.1, 100), min_size=3, max_size=8))
def test_nothing_cut_means_nothing_scaled(norms):
    """All scales of an unpruned model are 1."""
    assert all(scale == 1 for scale in scales_at_cuts(norms, range(len(norms) - 1)))


@pytest.mark.parametrize("family", ["llama", "qwen2", "mistral", "gemma2"])
def test_folded_weights_do_what_a_hook_at_the_cut_does(family):
    """Oracle: scaling the stream at the cut by a hook gives the same logits as the folded weights."""
    base = random_model(family)
    variant = prune_layers(base, [2, 3])
    scales = scales_at_cuts(stream_norms(base, TEXTS), [0, 1, 4, 5])

    def scale(_, args, kwargs):
        hidden = (args[0] if args else kwargs["hidden_states"]) * scales[2]
        return ((hidden, *args[1:]), kwargs) if args else (args, kwargs | {"hidden_states": hidden})

    ids = torch.tensor(TEXTS)
    handle = variant.model.layers[2].register_forward_pre_hook(scale, with_kwargs=True)
    with torch.no_grad():
        by_hook = variant(input_ids=ids).logits
        handle.remove()
        unscaled = variant(input_ids=ids).logits
        folded = match_norms(variant, base, TEXTS)(input_ids=ids).logits

    assert torch.allclose(by_hook, folded, atol=2e-3)
    assert not torch.allclose(unscaled, folded, atol=1e-2)


def test_an_unpruned_model_is_refused():
    """There is no cut to match at."""
    base = random_model("llama")
    with pytest.raises(BadInput, match="a model that lacks no layer"):
        match_norms(base, base, TEXTS)
