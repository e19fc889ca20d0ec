"""Attention kernels whose gradients cannot be trusted are not asked for gradients."""

import dataclasses

import pytest
import torch

from harness.methods.rank import rank_layers
from harness.models.attention import sound_gradients
from harness.models.reference import bundled
from harness.prune.surgery import prune_layers
from harness.recover.corpus import read_corpus, sample
from harness.recover.recipe import recipe_named
from harness.recover.recover import recover


def cudnn():
    """Whether attention may be computed by cuDNN; the setting is there without a GPU too."""
    return torch.backends.cuda.cudnn_sdp_enabled()


@pytest.fixture
def seen(monkeypatch):
    """The setting at every backward pass of the test."""
    found, backward = [], torch.autograd.backward

    def noting(*args, **kwargs):
        found.append(cudnn())
        return backward(*args, **kwargs)

    monkeypatch.setattr(torch.autograd, "backward", noting)
    return found


def test_the_setting_is_put_back_even_after_an_error():
    """What the host process had chosen is as before."""
    before = cudnn()

    def stopped():
        with sound_gradients():
            assert not cudnn()
            raise ValueError("stopped")

    with pytest.raises(ValueError, match="stopped"):
        stopped()
    assert cudnn() is before


def test_no_recovery_takes_gradients_from_cudnn(tiny, seen):
    """Its backward pass gave NaN on an H200; the setting is the host's again when the training is over."""
    variant = dataclasses.replace(tiny, model=prune_layers(tiny.model, [9, 10, 11]), fingerprint="pruned")
    recipe = dataclasses.replace(recipe_named("tiny"), batch_size=4, warmup_steps=1)
    recover(variant, sample(read_corpus(bundled("data") / "recovery" / "gold.jsonl"), 8, seed=0), recipe, 0)

    assert len(seen) >= 2
    assert not any(seen)
    assert cudnn()


def test_no_criterion_takes_gradients_from_cudnn(tiny, seen):
    """Taylor's criterion is made of gradients too."""
    rank_layers("taylor", tiny, 2, ["a short text to differentiate", "and another one of some words"])

    assert seen
    assert not any(seen)
