"""The shared sweep against asking every variant by itself."""

import json

import pytest
from hypothesis import given, settings

from harness.errors import BadInput
from harness.prune.plan import LayerPlan
from harness.prune.tree import tree_of
from harness.score.sweep import SweepScorer
from harness.subject import Subject
from harness.tasks.source import Bundled
from harness.text.requests import LogLikelihoodRequest, NextTokenRequest
from tests.score.plans import any_plans, scorers, without_each

CHOICES = [
    LogLikelihoodRequest(f"the {animal} lives in", f" {place}")
    for animal in ("cat", "dog", "old grey horse of the farm")
    for place in ("morria", "the deep blue sea", "tarn")
]
DIGITS = [NextTokenRequest(f"2 + {n} =", ("1", "2", "3")) for n in range(5)]


@pytest.fixture(scope="module", params=["tiny", "llama", "qwen2", "mistral", "gemma2"])
def model(request, tiny, make_random):
    """The tiny model, and a random one of each family over its vocabulary."""
    return tiny.model if request.param == "tiny" else make_random(request.param, vocabulary=len(tiny.tokenizer))


@pytest.mark.parametrize("budget", [1, 60, 8192])
def test_shared_equals_one_by_one_to_the_bit(model, tiny, budget):
    """Every variant's answers, whatever the batches, the last layer's included."""
    assert_equal_to_one_by_one(model, tiny.tokenizer, without_each(model), budget)


def assert_equal_to_one_by_one(model, tokenizer, plans, budget=8192):
    """Shared answers are those of every variant by itself, and nothing is run for them afterwards; layers run."""
    base, variants = scorers(model, tokenizer, plans, scoring_budget=budget)
    swept = SweepScorer(base, variants)
    naive, alone = scorers(model, tokenizer, plans, scoring_budget=budget)

    assert swept.log_likelihoods(CHOICES) == naive.log_likelihoods(CHOICES)
    assert swept.next_tokens(DIGITS) == naive.next_tokens(DIGITS)
    spent = sum(scorer.ledger.layer_forwards for scorer in (base, *variants.values()))
    for plan, shared in variants.items():
        assert shared.log_likelihoods(CHOICES) == alone[plan].log_likelihoods(CHOICES)
        assert shared.next_tokens(DIGITS) == alone[plan].next_tokens(DIGITS)
    assert sum(scorer.ledger.layer_forwards for scorer in (base, *variants.values())) == spent


@settings(max_examples=12, deadline=None)
@given(plans=any_plans())
def test_any_plans_together_equal_one_by_one_to_the_bit(tiny, plans):
    """Whole layers, single units, blended weights; whatever the plans have in common."""
    assert_equal_to_one_by_one(tiny.model, tiny.tokenizer, plans)


def test_without_the_last_k_layers_is_one_pass(tiny):
    """Eleven variants for the twelve layers of the unpruned model; each runs one layer for nothing, to have a head."""
    plans = [LayerPlan(tuple(range(kept)), 12) for kept in range(1, 12)]
    base, variants = scorers(tiny.model, tiny.tokenizer, plans)
    SweepScorer(base, variants).next_tokens(DIGITS)

    assert tree_of([LayerPlan.full(12), *plans]).passes == 12
    assert base.ledger.layer_forwards == 12
    assert [variant.ledger.layer_forwards for variant in variants.values()] == [1] * 11


def test_half_of_the_layer_passes_are_saved(tiny):
    """L for the unpruned model, L(L-1)/2 for the variants, and 1 for the last one, which runs a layer for nothing."""
    base, variants = scorers(tiny.model, tiny.tokenizer)
    SweepScorer(base, variants).next_tokens(DIGITS)
    depth = len(variants)

    assert base.ledger.layer_forwards == depth
    assert sum(variant.ledger.layer_forwards for variant in variants.values()) == depth * (depth - 1) // 2 + 1


def test_answers_that_are_known_are_not_computed_again(tiny):
    """A second sweep runs nothing; a new request runs alone."""
    base, variants = scorers(tiny.model, tiny.tokenizer)
    swept = SweepScorer(base, variants)
    swept.log_likelihoods(CHOICES[:3])
    before = base.ledger.forward_tokens
    swept.log_likelihoods(CHOICES[:3])

    assert base.ledger.forward_tokens == before
    swept.log_likelihoods(CHOICES[:4])
    assert 0 < base.ledger.forward_tokens - before < before


def test_answers_that_one_of_them_had_stay_as_they_were(tiny, tmp_path):
    """The unpruned model runs again for the others; what it answered before is neither replaced nor written twice."""
    base, variants = scorers(tiny.model, tiny.tokenizer, without_each(tiny.model)[:2], store=tmp_path)
    base.log_likelihoods(CHOICES[:4])
    before = base.store.path.read_text()
    SweepScorer(base, variants).log_likelihoods(CHOICES)
    after = base.store.path.read_text()

    assert after.startswith(before)
    keys = [json.loads(line).get("key") for line in after.splitlines() if line.strip()]
    assert len(keys) == len(set(keys)) == 1 + len(CHOICES)  # the first line says who answered


def test_a_stream_that_enters_at_the_wrong_layer_would_show(tiny):
    """The oracle can fail: variants given in another order answer otherwise."""
    base, variants = scorers(tiny.model, tiny.tokenizer)
    crossed = dict(zip(variants, reversed(variants.values()), strict=True))
    SweepScorer(base, crossed).log_likelihoods(CHOICES)
    _, alone = scorers(tiny.model, tiny.tokenizer)
    first = next(iter(variants))

    assert variants[first].log_likelihoods(CHOICES) != alone[first].log_likelihoods(CHOICES)


def test_refusals_reach_the_user(tiny):
    """An item that is too long is one sentence here as well."""
    base, variants = scorers(tiny.model, tiny.tokenizer)

    with pytest.raises(BadInput, match="and the model takes"):
        SweepScorer(base, variants).log_likelihoods([LogLikelihoodRequest("tom " * 5000, "has")])


def test_a_sweep_of_the_subject_finds_what_a_variant_finds(tiny):
    """`evaluate_without_each` equals evaluating each variant, scores and items."""
    swept = dict(Subject(tiny, "tiny", Bundled(), 24, None).evaluate_without_each(("facts", "arithmetic_first_digit")))
    alone = Subject(tiny, "tiny", Bundled(), 24, None)

    for layer in (0, 5, 11):
        plan = LayerPlan.without((layer,), 12)
        assert swept[layer] == alone.evaluate(plan, ("facts", "arithmetic_first_digit"), alone.sweep_limit)
