"""A model on several devices says what it says on one, and so does all that is done with it."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from harness import load_model
from harness.methods.rank import rank_layers
from harness.models.reference import bundled
from harness.models.spaces import cosines
from harness.models.spread import is_spread, shared_out, spread
from harness.prune.plan import LayerPlan
from harness.prune.surgery import prune_layers
from harness.prune.width import neuron_importance
from harness.recover.corpus import read_corpus, sample
from harness.recover.recipe import RECIPES
from harness.recover.recover import recover
from harness.score.merged import merges
from harness.score.replay import recorder_of
from harness.score.scorer import Scorer
from harness.score.sweep import SweepScorer
from harness.selfcheck.tiny_random import tiny_random
from harness.text.requests import GenerationRequest, LogLikelihoodRequest
from tests.models.fake_devices import CARDS, fake_devices, place_of
from tests.score.plans import PROMPTS, kept, scorers

WRITTEN = [
    GenerationRequest(text, limit, chat=False)
    for text, limit in zip(PROMPTS * 2, (4, 20, 7, 23, 12, 5, 9), strict=False)
]
READ = [LogLikelihoodRequest(text, answer) for text in PROMPTS for answer in (" red", " the old horse", " 4")]
TEXTS = [
    "tom has 3 apples and 4 pears . he has 7 fruits .",
    "the old horse lives in the red house .",
    "anna has 5 .",
] * 3
IDS = torch.tensor([[2, 20, 30, 40, 50]])


@pytest.fixture
def spread_out(monkeypatch):
    """The tiny model on three devices, and what was computed where."""
    model = load_model("tiny")
    with fake_devices(monkeypatch) as devices:
        spread(model.model, CARDS)
        yield model, devices


@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.integers(0, 20), st.integers(1, 5))
def test_no_device_has_more_than_need_be(sizes, first, count):
    """Against every way to lay layers on devices in order."""

    def fullest(shares):
        held = [first if device == 0 else 0 for device in range(count)]
        for share, size in zip(shares, sizes, strict=True):
            held[share] += size
        return max(held)

    def ways(done, on):
        if len(done) == len(sizes):
            yield done
            return
        for device in range(on, count):
            yield from ways([*done, device], device)

    found = shared_out(sizes, first, count)

    assert found == sorted(found)
    assert fullest(found) == min(map(fullest, ways([], 0)))


def test_it_answers_as_on_one_device(spread_out, tiny):
    """To the bit: nothing is computed otherwise; and on every device something is."""
    model, devices = spread_out
    with torch.no_grad():
        logits = model.model(input_ids=IDS).logits
        truth = tiny.model(input_ids=IDS).logits

    assert torch.equal(logits, truth)
    assert place_of(logits) == CARDS[0]
    assert devices.seen == set(CARDS)


def test_a_module_that_is_handed_a_tensor_of_another_device_is_refused(spread_out):
    """So the other tests show something."""
    layers = spread_out[0].model.model.layers
    with pytest.raises(RuntimeError, match="found them on cuda:0, cuda:2"):
        layers[11].mlp(torch.zeros(1, 2, 128))


@pytest.mark.parametrize("removed", [[0], [11], [3, 4, 5, 6, 7], [*range(11)]])
def test_variants_are_spread_as_their_base(spread_out, tiny, removed):
    """Whichever layers are gone, whole cards of them too."""
    model, _ = spread_out
    variant = prune_layers(model.model, removed)
    with torch.no_grad():
        logits = variant(input_ids=IDS).logits
        truth = prune_layers(tiny.model, removed)(input_ids=IDS).logits

    assert is_spread(variant)
    assert torch.equal(logits, truth)


def test_a_norm_without_weights_brings_its_input_home(monkeypatch):
    """OLMo's has none, and what leaves the last layer is cut to the places that are asked for on the first device."""
    model, truth = tiny_random("olmo"), tiny_random("olmo")(input_ids=IDS).logits
    with fake_devices(monkeypatch):
        spread(model, CARDS)

        assert torch.equal(model(input_ids=IDS).logits, truth)


def test_models_that_end_on_different_devices_are_compared(spread_out, tiny):
    """A variant without its last layers ends on another card; neurons of all layers are rated together."""
    found = []
    for one in (spread_out[0], tiny):
        near = cosines(one.model, prune_layers(one.model, [8, 9, 10, 11]), [2, 5, 7], [9, 11])
        found.append((near, neuron_importance(one, TEXTS).tolist()))

    assert found[0] == found[1]


def test_batches_are_answered_the_same(spread_out, tiny):
    """Rows leave and join; continuations as a trie and padded. Steps of several cards are not recorded."""
    model, _ = spread_out
    for budget in (200, 24_576):
        ours, theirs = (Scorer(one.model, one.tokenizer, generation_budget=budget) for one in (model, tiny))
        assert ours.generations(WRITTEN) == theirs.generations(WRITTEN)
        assert ours.log_likelihoods(READ) == theirs.log_likelihoods(READ)
    vars(model.model)["_harness_packs"] = False
    apart = load_model("tiny")
    vars(apart.model)["_harness_packs"] = False
    padded = [Scorer(one.model, one.tokenizer).log_likelihoods(READ) for one in (model, apart)]

    assert padded[0] == padded[1]
    assert recorder_of(model.model) is None


@pytest.mark.parametrize("asked", [WRITTEN, READ], ids=["written", "read"])
def test_variants_answer_together(spread_out, tiny, asked):
    """What several begin with runs once, and what they write is one batch, on whichever card they part."""
    plans = [LayerPlan.without((layer,), 12) for layer in (0, 5, 11)]
    plans += [LayerPlan.without(range(3, 9), 12), LayerPlan.without_units({(4, "attention"), (7, "mlp")}, 12)]
    found = []
    for one in (spread_out[0], tiny):
        base, variants = scorers(one.model, one.tokenizer, plans)
        whole = SweepScorer(base, variants)
        whole.generations(asked) if asked is WRITTEN else whole.log_likelihoods(asked)
        found.append([kept(scorer, asked) for scorer in (base, *variants.values())])

    assert merges(spread_out[0].model)
    assert found[0] == found[1]


@pytest.mark.parametrize(
    "name", ["block_influence", "block_influence_flat", "cosine_block", "laco", "taylor", "prune_and_comp", "llm_drop"]
)
def test_a_criterion_rates_alike(spread_out, tiny, name):
    """Those that compare layers, mix their weights, or take gradients."""
    assert rank_layers(name, spread_out[0], 3, TEXTS) == rank_layers(name, tiny, 3, TEXTS)


@pytest.mark.parametrize(
    "name",
    ["tiny", "tiny-last-layers", "tiny-one-layer", "tiny-distillation", "norm", "bias", "replace-me", "linear-patch"],
)
def test_a_recovery_gives_the_same_weights(spread_out, tiny, name):
    """To the bit: adapters, layers in place, a teacher on the same cards, and what is repaired without steps."""
    corpus, recipe = sample(read_corpus(bundled("data") / "recovery" / "gold.jsonl"), 8, seed=0), RECIPES[name]
    if recipe.has_training:
        recipe = dataclasses.replace(recipe, batch_size=4, warmup_steps=1)
    found = []
    for one in (spread_out[0], tiny):
        variant = dataclasses.replace(one, model=prune_layers(one.model, [5, 6, 7]), fingerprint="pruned")
        found.append(recover(variant, corpus, recipe, seed=0, base=one.model).fingerprint)

    assert found[0] == found[1]
