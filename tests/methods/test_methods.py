import itertools
import json
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.methods import block_influence
from harness.methods.block_influence import layers_from_cosine, token_cosines
from harness.methods.method import METHODS, Method
from harness.methods.position import deepest
from harness.methods.rank import rank_layers

GOLDEN = json.loads(Path(__file__).with_name("golden_cosines.json").read_text())
TEXTS = ["tom has 12 apples . tom buys 5 more apples .", "the capital of north velland is"]


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["model"])
def test_layer_sets_of_the_papers_cosines(case):
    """The paper's cosines give the layers its Llama run removed, up to the stated tie; Gemma's set is only derived."""
    assert set(layers_from_cosine(case["cosines"], case["n"])) in [set(layers) for layers in case["accepted"]]


def test_positions():
    """8 of 32: the paper's reverse order, and the deepest but the last."""
    assert set(range(24, 32)) == set(deepest(32, 8, spare_last=False))
    assert set(range(23, 31)) == set(deepest(32, 8, spare_last=True))


def test_block_influence_reads_states_before_the_final_norm(tiny):
    """Hooked cosines equal those of hidden states, but for the last layer, whose stored state is normed."""
    import torch

    (cosines,) = token_cosines(tiny, TEXTS[:1])
    ids = torch.tensor([tiny.tokenizer(TEXTS[0]).input_ids])
    with torch.inference_mode():
        states = tiny.model(ids, output_hidden_states=True).hidden_states
    expected = torch.stack(
        [torch.nn.functional.cosine_similarity(a[0], b[0], dim=-1) for a, b in itertools.pairwise(states)]
    )

    assert torch.allclose(expected[:-1], cosines[:-1], atol=1e-5)
    assert not torch.allclose(expected[-1], cosines[-1], atol=1e-3)


def test_random_depends_on_its_seed(tiny):
    """Different seeds draw different layers."""
    assert len({rank_layers("random", tiny, 3, TEXTS, seed).layers for seed in range(8)}) > 4


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ([0, 1], "returned 2 layers"),
        ([1, 1, 2], "returned a layer twice"),
        ([0, 1, 99], "expected indices from 0 to 11"),
    ],
)
def test_a_broken_method_is_named(tiny, monkeypatch, answer, sentence):
    """A method that breaks its contract is refused with what it returned."""
    monkeypatch.setitem(METHODS, "broken", Method("broken", lambda *_: answer))
    with pytest.raises(BadInput, match=f"method broken .*{sentence}"):
        rank_layers("broken", tiny, 3, TEXTS)


def test_of_equal_cosines_the_deeper_layer_goes_first():
    """Ties are broken the same way every time, as 2602.01997 does: the larger index."""
    assert layers_from_cosine([0.5, 0.9, 0.9, 0.9], 2) == (3, 2)


def test_a_long_prompt_weighs_more_only_when_pooled(tiny, monkeypatch):
    """Variant (a) counts every token alike, variant (b) every prompt, and they remove different layers."""
    import torch

    others = tiny.depth - 2
    short = torch.tensor([[1.0], [0.0], *[[0.0]] * others])
    long = torch.tensor([[0.0] * 3, [0.8] * 3, *[[0.0] * 3] * others])
    monkeypatch.setattr(block_influence, "token_cosines", lambda *_: [short, long])
    per_prompt, pooled = (rank_layers(name, tiny, 1, TEXTS) for name in ("block_influence", "block_influence_pooled"))

    assert (per_prompt.layers, pooled.layers) == ((0,), (1,))
    assert per_prompt.scores == pytest.approx((0.5, 0.6, *[1.0] * others))
    assert pooled.scores == pytest.approx((0.75, 0.4, *[1.0] * others))
