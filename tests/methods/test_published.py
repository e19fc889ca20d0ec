"""The paper's own layer sets as methods."""

import dataclasses

import pytest

from harness.errors import BadInput
from harness.methods.method import METHODS
from harness.methods.published import layer_set
from harness.methods.rank import rank_layers
from harness.models.catalogue import MODELS
from harness.models.reference import resolve


@pytest.mark.parametrize(
    ("name", "model", "n", "layers"),
    [
        ("paper_bi", "Meta-Llama-3.1-8B-Instruct", 8, range(22, 30)),
        ("paper_bi", "mistralai/Mistral-7B-Instruct-v0.3", 8, range(21, 29)),
        ("paper_reverse", "meta-llama/Llama-3.1-8B-Instruct@main", 8, range(24, 32)),
        ("paper_iterative", "models/Qwen2.5-7B-Instruct", 7, (4, 5, 11, 12, 17, 20, 24)),
    ],
)
def test_the_sets_of_the_authors_code(name, model, n, layers):
    """As their code and notebooks list them, whatever the model is called by."""
    depth = 28 if "Qwen" in model else 32

    assert layer_set(name, model, depth, n).layers == tuple(layers)


def test_a_method_of_the_registry_finds_its_model(tiny):
    """By the reference that the model was loaded from."""
    llama = dataclasses.replace(tiny, reference=resolve("llama-3.1-8b"))

    with pytest.raises(BadInput, match=r"removed no 3 of 12 layers of meta-llama/Llama-3\.1-8B-Instruct"):
        rank_layers("paper_bi", llama, 3, ["tom has 12 apples ."])
    assert {"paper_bi", "paper_iterative", "paper_reverse"} <= METHODS.keys()


@pytest.mark.parametrize(
    ("model", "n", "sizes"),
    [("tiny", 3, "none"), ("Mistral-7B-Instruct-v0.3", 4, "8"), ("Qwen2.5-7B-Instruct", 8, "7")],
)
def test_what_the_paper_did_not_remove_is_refused(model, n, sizes):
    """The sizes that it did are named."""
    depth = {paper.title: paper.depth for paper in MODELS}.get(model, 12)

    with pytest.raises(BadInput, match=rf"known sizes: {sizes}\)"):
        layer_set("paper_bi", model, depth, n)
