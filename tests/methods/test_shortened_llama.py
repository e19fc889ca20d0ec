"""Taylor and magnitude against the scores and orders that the authors of Shortened LLaMA stored of their models."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.errors import BadInput
from harness.methods import magnitude, taylor
from harness.methods.method import METHODS
from harness.methods.tools.guard import unguarded
from harness.methods.tools.layer_weights import layer_weights

STORED = json.loads((Path(__file__).parent / "shortened_llama.json").read_text())
CASES = [(model, criterion) for model, found in STORED["models"].items() for criterion in found]
# what the released `block_prune.py` removes by the stored Taylor scores: a quarter of the layers
TAYLOR_PLUS = {
    "Llama-2-7b-hf": {21, *range(23, 30)},
    "llama-1-7b": {*range(22, 30)},
    "vicuna-7b-v1.3": {21, *range(23, 30)},
    "vicuna-13b-v1.3": {27, *range(29, 38)},
    "CatPPT-base": {*range(22, 30)},
    "Meta-Llama-3-8B": {*range(22, 30)},
}


def ranked(monkeypatch, name, model, criterion, n):
    scores = tuple(STORED["models"][model][criterion]["scores"])
    monkeypatch.setattr({"taylor": taylor, "magnitude": magnitude}[criterion], "_scores", lambda *_: scores)
    given = {"loaded": SimpleNamespace(depth=len(scores)), "n": n, "calibration": ["a text"], "seed": 0}
    return METHODS[name].ask(given).layers


@pytest.mark.parametrize(("model", "criterion"), CASES)
def test_our_order_of_their_scores_is_theirs(monkeypatch, model, criterion):
    """All layers but one, from the first that goes to the last; and without the guarded ones where they are guarded."""
    order = STORED["models"][model][criterion]["order"]
    plain = "taylor" if criterion == "taylor" else "magnitude_l1"
    assert list(ranked(monkeypatch, plain, model, criterion, len(order) - 1)) == order[:-1]

    last = len(order) - 1
    free = [layer for layer in order if layer not in (0, 1, 2, 3, last - 1, last)]
    assert list(ranked(monkeypatch, f"{criterion}_guarded", model, criterion, len(free))) == free


@pytest.mark.parametrize("model", TAYLOR_PLUS)
def test_taylor_plus_never_removes_layer_0_and_taylor_does(monkeypatch, model):
    """A quarter of each model: the published Taylor+, and what five of six would lose without the plus."""
    n = len(TAYLOR_PLUS[model])
    assert set(ranked(monkeypatch, "taylor_guarded", model, "taylor", n)) == TAYLOR_PLUS[model]
    assert (0 in ranked(monkeypatch, "taylor", model, "taylor", n)) is (model != "Meta-Llama-3-8B")


def test_the_weights_that_count_are_the_authors(small):
    """Seven matrices and two norms a layer, by name."""
    (layer, *_) = small.model.model.layers
    assert sorted(layer_weights(layer)) == sorted(STORED["weights_of_a_layer"])


@pytest.mark.parametrize("criterion", ["taylor", "magnitude", "perplexity"])
def test_a_shallow_model_is_refused_by_the_guard(criterion):
    """The sentence says how many layers can go, and what to use instead."""
    with pytest.raises(
        BadInput,
        match=rf"^{criterion}_guarded keeps the first 4 and the last 2 of 8 layers, so at most 2 can go and 3 are "
        rf"asked for; use {criterion}, or",
    ):
        unguarded(8, 3, criterion)
