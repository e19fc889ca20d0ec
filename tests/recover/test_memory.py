"""What a run that trains every weight takes, and what there is."""

import dataclasses
import os

import pytest
import torch

from harness.errors import BadInput
from harness.prune.surgery import prune_layers
from harness.recover import memory
from harness.recover.memory import memory_of, require_memory
from harness.recover.recipe import recipe_named
from harness.recover.recover import recover


@pytest.fixture
def variant(tiny):
    """The tiny model without its last quarter."""
    return dataclasses.replace(tiny, model=prune_layers(tiny.model, [9, 10, 11]), fingerprint="pruned")


@pytest.mark.parametrize(
    ("dtype", "device", "each"),
    [(torch.float32, "cpu", 20 + 4), (torch.bfloat16, "cpu", 22 + 2), (torch.bfloat16, "cuda", 18 + 2)],
)
def test_a_weight_takes_what_training_keeps_of_it(monkeypatch, dtype, device, each):
    """Master, gradient, two moments and a copy in float32, the bfloat16 that autocast makes, and the model itself.

    The copy is never on a GPU.
    """
    model = torch.nn.Linear(100, 50, bias=False, dtype=dtype)
    model.dtype, model.device = dtype, torch.device(device)
    monkeypatch.setattr(memory, "memory_of", lambda device: 5000 * each)
    require_memory(model, recipe_named("full"))

    monkeypatch.setattr(memory, "memory_of", lambda device: 5000 * each - 1)
    with pytest.raises(
        BadInput, match=f"0.0 M take {5 * each} kB .{each - model.weight.element_size()} bytes each for the"
    ):
        require_memory(model, recipe_named("full"))


def test_layers_that_will_be_removed_take_nothing(tiny, variant, monkeypatch):
    """A quarter of twelve layers is what the variant lacks; the base stays in memory."""
    left = sum(parameter.numel() for parameter in variant.model.parameters())
    base = sum(parameter.nbytes for parameter in tiny.model.parameters())
    monkeypatch.setattr(memory, "memory_of", lambda device: 20 * left + base)
    require_memory(tiny.model, recipe_named("tiny-full"), ratio=0.25)

    with pytest.raises(BadInput, match=r"and 2\.4 M take"):
        require_memory(tiny.model, recipe_named("tiny-full"))
    with pytest.raises(BadInput, match=r"and 2\.0 M take"):
        require_memory(tiny.model, recipe_named("tiny-full"), ratio=0.24)


def test_a_machine_that_is_too_small_refuses_before_any_work(variant, corpus, short, monkeypatch):
    """In a sentence with the numbers, and not for recipes that train few weights."""
    monkeypatch.setattr(memory, "memory_of", lambda device: 40_000_000)
    monkeypatch.setattr("harness.recover.recover.contamination", None)
    with pytest.raises(
        BadInput,
        match=r"recipe tiny-full trains all weights, and 1.8 M take 44.3 MB \(20 bytes each for the weights, their "
        r"gradients, AdamW's two moments, the copy that is kept, the model itself 7.38 MB, activations not "
        r"counted\) where cpu has 40 MB; use a recipe with adapters",
    ):
        recover(variant, corpus, short("tiny-full"), 0)

    monkeypatch.undo()
    monkeypatch.setattr(memory, "memory_of", lambda device: 40_000_000)
    assert recover(variant, corpus, short("tiny"), 0).recovery.fit.steps == 3


@pytest.mark.parametrize(("text", "limit"), [("1000000\n", 1_000_000), ("max\n", None), (f"{2**62}\n", None)])
def test_a_container_counts_with_its_own_limit(tmp_path, monkeypatch, text, limit):
    """Not with the memory of the machine that it runs on; no limit is none."""
    (tmp_path / "memory.max").write_text(text)
    monkeypatch.setattr(memory, "LIMITS", (tmp_path / "memory.max", tmp_path / "missing"))
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")

    assert memory_of(torch.device("cpu")) == (limit or installed)
