"""Variants that generate as one batch against each by itself."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness import load_model
from harness.prune.apply import apply_plan
from harness.prune.merged import Merged
from harness.prune.plan import Blend, LayerPlan
from harness.prune.tree import tree_of
from harness.score.merged import MergedDecoder, merges
from harness.score.sweep import SweepScorer
from harness.selfcheck.tiny_random import tiny_random, tiny_tokenizer
from harness.subject import Subject
from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS
from harness.text.requests import GenerationRequest, Sampling
from tests.score.plans import ASKED, PROMPTS, any_plans, kept, requests, scorers, without_each

FAMILIES = ["llama", "qwen2", "mistral", "gemma2"]


@pytest.fixture(scope="module")
def families(tiny, make_random):
    """The tiny model, and a random one of each family over its vocabulary."""
    made = {name: make_random(name, vocabulary=len(tiny.tokenizer)) for name in FAMILIES}
    return {"tiny": tiny.model} | made


def assert_equal_to_one_by_one(model, tokenizer, plans, requests, budget=24_576, *, wide=False):
    """All answers, and the tokens that they cost; `wide` batches hold more than is read in one pass."""
    base, variants = scorers(model, tokenizer, plans, generation_budget=budget)
    naive, alone = scorers(model, tokenizer, plans, generation_budget=budget)

    swept = SweepScorer(base, variants)
    if wide and swept.together is not None:
        vars(swept)["together"] = replace(swept.together, budget=24_576)
    assert swept.generations(requests) == naive.generations(requests)
    for plan, variant in variants.items():
        merged = len({LayerPlan.full(plan.depth), *plans}) > 1  # else there is nobody to be merged with
        found = kept(variant, requests) if merged else variant.generations(requests)
        assert found == alone[plan].generations(requests)
        assert variant.ledger.forward_tokens == alone[plan].ledger.forward_tokens
        assert variant.ledger.generated_tokens == alone[plan].ledger.generated_tokens


@pytest.mark.parametrize("family", FAMILIES)
def test_a_sweep_writes_what_each_writes_alone(families, tiny, family):
    """Every layer left out, a unit, a blend, a half; drawn answers, stop texts and limits of many kinds."""
    model, depth = families[family], 6
    blend = replace(LayerPlan.without((4,), depth), blends=(Blend(2, ((2, 0.5), (3, 0.5))),))
    unit = LayerPlan.without_units([(0, "attn"), (3, "mlp")], depth)
    plans = [*without_each(model), unit, LayerPlan.without((1, 3, 5), depth), blend]
    requests = [
        GenerationRequest(prompt, limit, chat=False, stop=stop, sampling=sampling)
        for prompt, limit in zip(PROMPTS, (3, 14, 9, 6, 12), strict=True)
        for stop, sampling in (((), None), ((" e", "a"), Sampling(1.0, 0.9, limit)))
    ]
    assert_equal_to_one_by_one(model, tiny.tokenizer, plans, requests)
    assert_equal_to_one_by_one(model, tiny.tokenizer, plans, requests, 60, wide=True)


@settings(max_examples=10, deadline=None)
@given(family=st.sampled_from(["tiny", *FAMILIES]), data=st.data())
def test_any_plans_together_write_what_each_writes_alone(families, tiny, family, data):
    """Whole layers, units, blends; ragged prompts that end at different steps, drawn or not; windows, shared heads."""
    model = families[family]
    plans = data.draw(any_plans(model.config.num_hidden_layers))
    asked = data.draw(st.lists(requests(14), min_size=2, max_size=6))
    budget = data.draw(st.sampled_from([1, 60, 150, 24_576]))
    assert_equal_to_one_by_one(model, tiny.tokenizer, plans, asked, budget, wide=data.draw(st.booleans()))


def test_a_whole_sweep_of_the_subject_is_that_of_one_by_one(tiny):
    """`evaluate_without_each` equals evaluating each variant: answers, scores, labels."""
    tasks = ("brackets",)
    together, alone = (Subject(tiny, "tiny", Bundled(), 4, None) for _ in range(2))
    swept = dict(together.evaluate_without_each(tasks, 3))

    for layer, found in swept.items():
        assert found == alone.evaluate(LayerPlan.without((layer,), 12), tasks, 3)
    assert together.ledger.generated_tokens == alone.ledger.generated_tokens + sum(
        outcome.tokens for result in alone.evaluate(alone.whole, tasks, 3).values() for outcome in result.outcomes
    )


def test_a_sweep_takes_the_steps_of_one(tiny):
    """Twelve variants and the base: each layer is called once a step, as often as the longest answer is long."""
    base, variants = scorers(tiny.model, tiny.tokenizer)
    _, alone = scorers(tiny.model, tiny.tokenizer)
    SweepScorer(base, variants).generations(ASKED)
    for scorer in alone.values():
        scorer.generations(ASKED)
    steps = max(answer.tokens for one in (base, *variants.values()) for answer in kept(one, ASKED))

    assert base.ledger.layer_forwards <= steps * 12
    assert sum(scorer.ledger.layer_forwards for scorer in alone.values()) > 8 * base.ledger.layer_forwards


def test_beginnings_are_prefilled_once(tiny):
    """A prompt that all variants are given runs through every distinct beginning of layers once: 12 + 66 of 156."""
    plans = [LayerPlan.full(12), *without_each(tiny.model)]
    merged = Merged(tiny.model, {plan: apply_plan(tiny.model, plan) for plan in plans})
    rows = []
    for module in merged.modules.values():
        module.register_forward_pre_hook(lambda _, args, __: rows.append(len(args[0])), with_kwargs=True)
    decoder = MergedDecoder(merged, plans * 3, 0)
    with torch.inference_mode():
        logits = decoder.start([prompt for prompt in ((5, 6, 7), (8, 9), (5,)) for _ in plans])

    assert logits.shape[0] == 3 * 13
    assert sum(rows) == 3 * tree_of(plans).passes == 3 * 78
    assert sum(decoder.due().values()) == sum(rows)


def test_prompts_are_read_so_many_at_a_time(tiny):
    """A batch may hold more than one pass is allowed to read: rows that are read later join those that are there."""
    plans = [LayerPlan.full(12), *without_each(tiny.model)]
    merged = Merged(tiny.model, {plan: apply_plan(tiny.model, plan) for plan in plans})
    prompts, passes = [prompt for prompt in ((5, 6, 7, 8), (9,), (10, 11)) for _ in plans], []
    handle = merged.model.lm_head.register_forward_hook(lambda _, args, __: passes.append(len(args[0])))
    with torch.inference_mode():
        whole, parts = (MergedDecoder(merged, plans * 3, 0, most) for most in (None, 60))
        one, other = whole.start(prompts), parts.start(prompts)
        next_one, next_other = whole.step(one.argmax(-1)), parts.step(one.argmax(-1))
    handle.remove()

    assert passes == [39, 15, 15, 9, 39, 39]
    assert torch.allclose(one, other, atol=1e-4)
    assert torch.allclose(next_one, next_other, atol=1e-4)


def test_drawn_answers_of_one_prompt_are_prefilled_once(tiny):
    """Rows that differ in their draws alone are one row until the first token is drawn."""
    whole = LayerPlan.full(12)
    decoder = MergedDecoder(Merged(tiny.model, {whole: tiny.model}), [whole] * 8, 0)
    with torch.inference_mode():
        decoder.start([(5, 6, 7)] * 8)

    assert set(decoder.due().values()) == {1}


@pytest.mark.parametrize("kind", ["qwen3_5_text", "bart", "mamba2", "recurrent_gemma"])
def test_families_that_cannot_be_merged_answer_by_themselves(kind):
    """Recurrent states, foreign caches, positions from 2: the base answers, and its variants when they are asked."""
    model, tokenizer = tiny_random(kind), tiny_tokenizer()
    plans = [LayerPlan.without((layer,), 6) for layer in (0, 5)]
    base, variants = scorers(model, tokenizer, plans)
    requests = [GenerationRequest("5 17 40", 3, chat=False), GenerationRequest("7", 3, chat=False)]

    assert not merges(model)
    assert SweepScorer(base, variants).generations(requests) == base.generations(requests)
    assert not any(one.store.answers for one in variants.values())


@pytest.mark.slow
def test_in_bfloat16_as_many_texts_change_as_in_any_other_batch(tiny):
    """4 of 540 against each variant by itself; batches of one variant that are a sixteenth as large change 5."""
    model = load_model("tiny", dtype="bfloat16").model
    asked = [
        request
        for task in ("word_problems", "brackets", "headlines")
        for item in TASKS[task].load(Bundled(), "test")[:15]
        for request in TASKS[task].ask(item)
    ]
    base, variants = scorers(model, tiny.tokenizer)
    _, alone = scorers(model, tiny.tokenizer)
    SweepScorer(base, variants).generations(asked)
    changed = [
        one != other
        for plan, variant in variants.items()
        for one, other in zip(kept(variant, asked), alone[plan].generations(asked), strict=True)
    ]

    assert len(changed) == 540
    assert sum(changed) <= 0.02 * len(changed)
