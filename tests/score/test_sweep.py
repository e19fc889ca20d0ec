"""The shared sweep against asking every variant by itself."""

import pytest

from harness.errors import BadInput
from harness.prune.surgery import prune_layers
from harness.score.scorer import Scorer
from harness.score.sweep import SweepScorer
from harness.subject import Subject
from harness.tasks.source import Bundled
from harness.text.requests import GenerationRequest, LogLikelihoodRequest, NextTokenRequest

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


def scorers(model, tokenizer, **options):
    """A scorer of the base and one of every variant, with stores of their own."""
    depth = model.config.num_hidden_layers
    variants = [prune_layers(model, [layer]) for layer in range(depth)]
    return [Scorer(one, tokenizer, **options) for one in (model, *variants)]


@pytest.mark.parametrize("budget", [1, 60, 8192])
def test_shared_equals_one_by_one_to_the_bit(model, tiny, budget):
    """Every variant's answers, whatever the batches, the last layer's included."""
    base, *variants = scorers(model, tiny.tokenizer, scoring_budget=budget)
    swept = SweepScorer(base, variants)
    naive = scorers(model, tiny.tokenizer, scoring_budget=budget)

    assert swept.log_likelihoods(CHOICES) == naive[0].log_likelihoods(CHOICES)
    assert swept.next_tokens(DIGITS) == naive[0].next_tokens(DIGITS)
    for shared, alone in zip(variants, naive[1:], strict=True):
        forwards = shared.ledger.layer_forwards
        assert shared.log_likelihoods(CHOICES) == alone.log_likelihoods(CHOICES)
        assert shared.next_tokens(DIGITS) == alone.next_tokens(DIGITS)
        assert shared.ledger.layer_forwards == forwards


def test_half_of_the_layer_passes_are_saved(tiny):
    """L for the unpruned model, L(L-1)/2 for the variants, and 1 for the last one, which runs a layer for nothing."""
    base, *variants = scorers(tiny.model, tiny.tokenizer)
    SweepScorer(base, variants).next_tokens(DIGITS)
    depth = len(variants)

    assert base.ledger.layer_forwards == depth
    assert sum(variant.ledger.layer_forwards for variant in variants) == depth * (depth - 1) // 2 + 1


def test_answers_that_are_known_are_not_computed_again(tiny):
    """A second sweep runs nothing; a new request runs alone."""
    base, *variants = scorers(tiny.model, tiny.tokenizer)
    swept = SweepScorer(base, variants)
    swept.log_likelihoods(CHOICES[:3])
    before = base.ledger.forward_tokens
    swept.log_likelihoods(CHOICES[:3])

    assert base.ledger.forward_tokens == before
    swept.log_likelihoods(CHOICES[:4])
    assert 0 < base.ledger.forward_tokens - before < before


def test_generation_is_the_unpruned_models_business(tiny):
    """Decoding cannot be shared, so variants are left to answer by themselves."""
    base, *variants = scorers(tiny.model, tiny.tokenizer)
    (answer,) = SweepScorer(base, variants).generations([GenerationRequest("close : ( [", 8)])

    assert (answer,) == tuple(base.generations([GenerationRequest("close : ( [", 8)]))
    assert all(not variant.store.answers for variant in variants)


def test_a_stream_that_enters_at_the_wrong_layer_would_show(tiny):
    """The oracle can fail: variants given in another order answer otherwise."""
    base, *variants = scorers(tiny.model, tiny.tokenizer)
    SweepScorer(base, variants[::-1]).log_likelihoods(CHOICES)
    naive = scorers(tiny.model, tiny.tokenizer)

    assert variants[0].log_likelihoods(CHOICES) != naive[1].log_likelihoods(CHOICES)


def test_refusals_reach_the_user(tiny):
    """An item that is too long is one sentence here as well."""
    base, *variants = scorers(tiny.model, tiny.tokenizer)

    with pytest.raises(BadInput, match="and the model takes"):
        SweepScorer(base, variants).log_likelihoods([LogLikelihoodRequest("tom " * 5000, "has")])


def test_a_sweep_of_the_subject_finds_what_a_variant_finds(tiny):
    """`evaluate_without_each` equals evaluating each variant, scores and items."""
    swept = dict(Subject(tiny, "tiny", Bundled(), 24, None).evaluate_without_each(("facts", "arithmetic_first_digit")))
    alone = Subject(tiny, "tiny", Bundled(), 24, None)

    from harness.prune.plan import LayerPlan

    for layer in (0, 5, 11):
        plan = LayerPlan.without((layer,), 12)
        assert swept[layer] == alone.evaluate(plan, ("facts", "arithmetic_first_digit"), alone.sweep_limit)
