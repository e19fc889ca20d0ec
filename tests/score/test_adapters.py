"""Variants that differ in their adapters alone and write as one batch, against each by itself."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import load_model
from harness.prune.surgery import prune_layers, share
from harness.recover.merge import merged
from harness.recover.recipe import recipe_named
from harness.recover.trainable import trainable
from harness.score.adapters import Adapted, adapted_together, differ_in_adapters_only
from harness.score.scorer import Scorer
from harness.score.sweep import SweepScorer
from tests.score.plans import ASKED, kept, requests

FAMILIES = ["tiny", "llama", "mistral", "gemma2"]
LORA = recipe_named("tiny")


def recovered(model, seed, recipe=LORA):
    """A model with an adapter of its own that was not trained, but does something."""
    twin = trainable(model, recipe, seed)
    draw = torch.Generator().manual_seed(seed)
    for name, parameter in twin.named_parameters():
        if ".lora_B" in name:
            parameter.data = torch.randn(parameter.shape, generator=draw) * 0.02
    return twin.train(mode=False).requires_grad_(requires_grad=False)


@pytest.fixture(scope="module")
def families(tiny, make_random):
    """Three recoveries without the second layer, of the tiny model and of a random one of each family."""
    made = {name: make_random(name, vocabulary=len(tiny.tokenizer)) for name in FAMILIES[1:]} | {"tiny": tiny.model}
    return {name: [recovered(prune_layers(model, [1]), seed) for seed in range(3)] for name, model in made.items()}


def scorers(models, tokenizer, **options):
    """By name."""
    return {str(place): Scorer(model, tokenizer, **options) for place, model in enumerate(models)}


@settings(max_examples=8, deadline=None)
@given(
    family=st.sampled_from(FAMILIES),
    asked=st.lists(requests(16), min_size=1, max_size=6),
    budget=st.sampled_from([1, 90, 24_576]),
)
def test_together_they_write_what_each_writes_alone(families, tiny, family, asked, budget):
    """Texts, ends and tokens of ragged requests, in one batch or joining it; windows, shared heads."""
    several = scorers(families[family], tiny.tokenizer, generation_budget=budget)
    alone = scorers(families[family], tiny.tokenizer, generation_budget=1)
    together = adapted_together(several)
    first = SweepScorer(together.base, {}, together=together).generations(asked)

    assert first == alone["0"].generations(asked)
    for name, one in several.items():
        assert kept(one, asked) == alone[name].generations(asked)
        assert one.ledger.generated_tokens == alone[name].ledger.generated_tokens
        assert one.ledger.forward_tokens == alone[name].ledger.forward_tokens


def test_they_take_the_steps_of_one(families, tiny):
    """Layers are called once for all of them, as often as the longest answer is long; and they differ."""
    several = scorers(families["tiny"], tiny.tokenizer)
    together = adapted_together(several)
    SweepScorer(together.base, {}, together=together).generations(ASKED)
    answers = [kept(one, ASKED) for one in several.values()]
    longest = max(answer.tokens for own in answers for answer in own)

    assert together.base.ledger.layer_forwards <= 11 * longest
    assert sum(one.ledger.layer_forwards for one in several.values()) == together.base.ledger.layer_forwards
    assert answers[0] != answers[1] != answers[2]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_a_layer_s_arithmetic_is_peft_s_own_to_the_bit(dtype):
    """Cast, product, scale, sum, and rounded once: in bfloat16 the adapter stays float32."""
    model = prune_layers(load_model("tiny", dtype=dtype).model, [1])
    models = {str(seed): recovered(model, seed) for seed in range(2)}
    adapted, ids = Adapted(models), torch.arange(40, 52).reshape(2, 6)
    with torch.inference_mode():
        for name, one in models.items():
            adapted.groups = [(name, torch.arange(2))]
            assert torch.equal(adapted.model(input_ids=ids).logits, one(input_ids=ids).logits)
        adapted.groups = [(name, torch.tensor([int(name)])) for name in models]
        for name, one in models.items():
            row = slice(int(name), int(name) + 1)
            found, alone = adapted.model(input_ids=ids).logits[row], one(input_ids=ids[row]).logits
            assert torch.allclose(found, alone, atol=1e-4 if dtype == "float32" else 0.5)


def _dora(model):
    from peft import LoraConfig

    twin = share(model)
    twin.add_adapter(LoraConfig(r=4, use_dora=True, target_modules="all-linear", task_type="CAUSAL_LM"))
    return twin.train(mode=False)


def _off(model):
    twin = recovered(model, 1)
    twin.disable_adapters()
    return twin


@pytest.mark.parametrize(
    "other",
    [
        lambda model: model,
        lambda model: recovered(prune_layers(model, [3]), 1),
        lambda model: trainable(model, recipe_named("tiny-last-layers"), 0).train(mode=False),
        lambda model: trainable(model, recipe_named("tiny-full"), 0).train(mode=False),
        lambda model: recovered(model, 1).train(),
        _dora,
        _off,
    ],
)
def test_others_answer_by_themselves(tiny, other):
    """Without an adapter, of another plan, trained in place, in training, DoRA, switched off."""
    model = prune_layers(tiny.model, [1])
    assert differ_in_adapters_only([recovered(model, 0), recovered(model, 2)])
    assert not differ_in_adapters_only([recovered(model, 0), other(model)])


def test_an_adapter_that_was_folded_in_answers_by_itself(tiny):
    """It has weights of its own."""
    loaded = replace(tiny, model=recovered(prune_layers(tiny.model, [1]), 0))
    assert not differ_in_adapters_only([loaded.model, merged(loaded).model])
