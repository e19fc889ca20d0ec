"""A pruned tiny model and a handful of examples."""

import dataclasses
import resource
from contextlib import contextmanager

import pytest
import torch

from harness.models.load import load_model
from harness.models.reference import bundled
from harness.prune.surgery import prune_layers
from harness.recover.corpus import read_corpus, sample
from harness.recover.recipe import recipe_named


def logits(model):
    """What a model answers to five tokens."""
    with torch.no_grad():
        return model(input_ids=torch.tensor([[2, 20, 30, 40, 50]])).logits


@pytest.fixture(scope="session")
def variant(tiny):
    """The first five layers of the tiny model: few, since every test trains them."""
    model = prune_layers(tiny.model, [*range(5, 12)])
    return dataclasses.replace(tiny, model=model, fingerprint="pruned")


@pytest.fixture(scope="session")
def halved(tiny):
    """The base in bfloat16, and its first five layers."""
    base = load_model("tiny", dtype="bfloat16")
    model = prune_layers(base.model, [*range(5, 12)])
    return base, dataclasses.replace(base, model=model, fingerprint="pruned, bfloat16")


@pytest.fixture(scope="session")
def corpus():
    """Twelve gold examples."""
    return sample(read_corpus(bundled("data") / "recovery" / "gold.jsonl"), 12, seed=0)


@pytest.fixture
def short():
    """A recipe's short run: three steps of four examples."""

    def make(name, **changes):
        return dataclasses.replace(recipe_named(name), batch_size=4, warmup_steps=1, **changes)

    return make


@pytest.fixture
def small_files():
    """A context in which no file can grow beyond some bytes, as on a full disk."""

    @contextmanager
    def limited(most):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)

    return limited
