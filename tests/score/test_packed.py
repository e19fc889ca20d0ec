"""Rows as one sequence against each row by itself, over families; and who is not asked so."""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.models.hooks import hooked
from harness.prune.plan import LayerPlan
from harness.score.log_likelihood import score_packed
from harness.score.overhead import PASS
from harness.score.packed import WINDOWS, cost_of_pairs, packed_by, packs, reach_of_packed
from harness.score.scorer import Scorer
from harness.selfcheck.tiny_random import SIZES, tiny_random, tiny_tokenizer
from harness.subject import Subject
from harness.tasks.source import Bundled
from harness.text.encode import EncodedPair
from harness.text.requests import LogLikelihoodRequest, NextTokenRequest

FAMILIES = ("llama", "qwen2", "gpt2", "opt", "phi", "mixtral", "mistral", "gemma2")
WINDOW = 16
WORDS = st.lists(st.integers(0, 9), min_size=1, max_size=8).map(lambda words: " ".join(map(str, words)))
ASKED = st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3, unique=True)), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def families():
    """A random model of each family, with windows that hold some rows and not others."""
    with pytest.MonkeyPatch.context() as patch:
        for name in WINDOWS:
            patch.setitem(SIZES, name, WINDOW)
        return {name: tiny_random(name) for name in FAMILIES}


@settings(max_examples=40, deadline=None)
@given(family=st.sampled_from(FAMILIES), asked=ASKED, examples=st.one_of(st.just(""), WORDS))
def test_scores_are_those_of_each_row_alone(families, family, asked, examples):
    """Options, contexts that begin alike, the same examples before all, one text that begins another; long ones too."""
    model, tokenizer = families[family], tiny_tokenizer()
    requests = [
        LogLikelihoodRequest(f"{examples} {context}".strip(), f" {option}", chat=False)
        for context, options in asked
        for option in options
    ]
    together, alone = Scorer(model, tokenizer), Scorer(model, tokenizer, scoring_budget=1)
    assert together.desk.packed() is not None
    assert alone.desk.packed() is None

    for one, other in zip(together.log_likelihoods(requests), alone.log_likelihoods(requests), strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-3)
        assert one.is_greedy == other.is_greedy


@settings(max_examples=20, deadline=None)
@given(family=st.sampled_from(FAMILIES), asked=st.lists(WORDS, min_size=1, max_size=8), examples=WORDS)
def test_next_tokens_are_those_of_each_prompt_alone(families, family, asked, examples):
    """Prompts that begin alike, that begin one another, and the same one twice."""
    model, tokenizer = families[family], tiny_tokenizer()
    requests = [NextTokenRequest(f"{examples} {text}", ("1", "2", "3")) for text in (*asked, asked[0])]
    together, alone = Scorer(model, tokenizer), Scorer(model, tokenizer, scoring_budget=1)

    for one, other in zip(together.next_tokens(requests), alone.next_tokens(requests), strict=True):
        assert one.log_probabilities == pytest.approx(other.log_probabilities, abs=1e-3)


def test_all_is_one_pass_without_padding(tiny):
    """Two questions behind the same examples, two options each: their tokens once, in one row."""
    pairs = [
        EncodedPair((5, 6, 7, *question, *option), 5) for question in ((8, 9), (8, 10)) for option in ((3, 4), (11, 4))
    ]
    packs(tiny.model)
    seen = []
    hook = tiny.model.model.layers[0].register_forward_pre_hook(lambda _, args: seen.append(tuple(args[0].shape[:2])))
    with hooked(hook):
        score_packed(tiny.model, pairs)

    assert seen == [(1, 3 + 1 + 2 + 4)]


def test_one_row_needs_no_mask(tiny, monkeypatch):
    """However long it is: a mask takes the square of its tokens."""
    packs(tiny.model)
    monkeypatch.setattr("harness.score.packed._mask", None)
    pairs = [EncodedPair((5, 6, 7, 8, last), 4) for last in (3, 11)]

    assert len(score_packed(tiny.model, pairs)) == 2


def test_the_output_layer_is_asked_where_a_continuation_is_predicted_alone(tiny):
    """At the context's last token and at the first of each option."""
    pairs = [EncodedPair((5, 6, 7, 8, *option), 4) for option in ((3, 4), (11, 4))]
    packs(tiny.model)
    seen = []
    hook = tiny.model.lm_head.register_forward_pre_hook(lambda _, args: seen.append(args[0].shape[1]))
    with hooked(hook):
        score_packed(tiny.model, pairs)

    assert seen == [3]


@pytest.mark.parametrize("family", ["mamba", "bloom"])
def test_families_that_cannot_are_asked_as_before(family):
    """A state that runs through all tokens; positions that are counted by the model."""
    model = tiny_random(family)

    assert not packs(model)
    assert Scorer(model, tiny_tokenizer()).desk.packed() is None


def test_a_pass_is_no_longer_than_a_window_and_the_models_room(families):
    """Some count places of the sequence, local attention and learned positions; who has no window has room."""
    assert {name: reach_of_packed(families[name]) for name in ("mistral", "gemma2", "gpt2", "llama")} == {
        "mistral": WINDOW, "gemma2": WINDOW, "gpt2": 128, "llama": 128,
    }  # fmt: skip


def test_a_sweep_scores_as_each_variant_alone(tiny):
    """Layers are entered in the middle of a pass over a trie as of any other."""
    subject = Subject(tiny, "tiny", Bundled(), 6, None)
    together = subject.evaluate_without_each(["events"], 6)
    for layer, results in together:
        alone = replace(subject, plans_asked=[]).evaluate(LayerPlan.without((layer,), 12), ["events"], 6)
        assert results["events"].scores == alone["events"].scores


def test_attention_is_weighed_by_operations(tiny):
    """Twice 2 x width x layers over the weights between embedding and output: tiny's are 128 wide, 12 of them."""
    weights = sum(
        weight.numel() for part in (tiny.model.model.layers, tiny.model.model.norm) for weight in part.parameters()
    )

    assert cost_of_pairs(tiny.model) == 2 * 2 * 128 * 12 / weights
    by = packed_by(tiny.model, 8192)

    assert (by.begin, by.most, by.reach) == (40, 512, 512)
    assert packed_by(tiny.model, 400).most == 400
    assert packed_by(tiny.model, PASS - 1) is None


def test_in_bfloat16_scores_are_near_those_of_each_row_alone(tiny):
    """As near as any batch's."""
    model = tiny_random("llama").to(torch.bfloat16)
    pairs = [
        EncodedPair((5, 6, 7, *question, *option), 5) for question in ((8, 9), (8, 10)) for option in ((3, 4), (11,))
    ]
    assert packs(model)
    together = score_packed(model, pairs)

    for pair, one in zip(pairs, together, strict=True):
        assert one.value == pytest.approx(score_packed(model, [pair])[0].value, abs=0.1)
