"""Answers that take the places of others in a running batch against each by itself."""

from collections import Counter
from contextlib import ExitStack
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.prune.plan import LayerPlan
from harness.score.abilities import abilities_of
from harness.score.batches import token_batches
from harness.score.decoders import PaddedDecoder
from harness.score.merged import MergedDecoder, merges
from harness.score.refill import refills
from harness.score.scorer import Scorer
from harness.score.sweep import SweepScorer
from harness.selfcheck.tiny_random import tiny_random
from harness.text.requests import GenerationRequest
from tests.score.plans import PROMPTS, kept, requests, scorers

FAMILIES = ["tiny", "llama", "qwen2", "mistral", "gemma2"]
TEXTS = [f"{name} has {count} {what} ." for name in ("tom", "anna") for count in (3, 12, 40) for what in ("apples", "")]
ASKED = [
    GenerationRequest(text, limit, chat=False)
    for text, limit in zip(
        (*TEXTS, *PROMPTS), (4, 40, 7, 23, 12, 5, 9, 31, 6, 18, 3, 26, 8, 14, 2, 20, 11), strict=True
    )
]
PLACES = 4


@pytest.fixture(scope="module")
def families(tiny, make_random):
    """The tiny model, and a random one of each family over its vocabulary."""
    made = {name: make_random(name, vocabulary=len(tiny.tokenizer)) for name in FAMILIES[1:]}
    return {"tiny": tiny.model} | made


def budget_of(scorer, asked, places=PLACES):
    """Tokens for so many of the longest."""
    return places * max(scorer.lengths(asked))


@pytest.fixture
def watched(monkeypatch):
    """Prompts of every batch that was begun or joined, and the rows and columns of every step."""
    begun, steps = [], []
    start, step = PaddedDecoder.start, PaddedDecoder.step

    def started(self, prompts):
        begun.append(len(prompts))
        return start(self, prompts)

    def stepped(self, tokens):
        steps.append((len(tokens), self.mask.shape[1]))
        return step(self, tokens)

    monkeypatch.setattr(PaddedDecoder, "start", started)
    monkeypatch.setattr(PaddedDecoder, "step", stepped)
    return begun, steps


@settings(max_examples=10, deadline=None)
@given(
    family=st.sampled_from(FAMILIES),
    asked=st.lists(requests(24), min_size=3, max_size=14),
    places=st.integers(1, 5),
)
def test_answers_are_those_of_each_alone(families, tiny, family, asked, places):
    """Texts, ends and tokens, whoever was in the batch before; ragged, drawn or not; windows, shared heads."""
    model = families[family]
    assert refills(model)
    alone = Scorer(model, tiny.tokenizer, generation_budget=1)
    refilled = Scorer(model, tiny.tokenizer, generation_budget=budget_of(alone, asked, places))

    assert refilled.generations(asked) == alone.generations(asked)
    assert refilled.ledger.generated_tokens == alone.ledger.generated_tokens
    assert refilled.ledger.forward_tokens == alone.ledger.forward_tokens


def test_a_batch_stays_full_while_anybody_waits(tiny, watched):
    """Four places: steps are those of four fifths of a full batch, where batch after batch takes those of its longest.

    And however often it is joined, it has no more columns than its longest rows.
    """
    begun, steps = watched
    scorer = Scorer(tiny.model, tiny.tokenizer)
    refills(tiny.model)
    scorer.desk = replace(scorer.desk, generation_budget=budget_of(scorer, ASKED))
    begun.clear()
    steps.clear()
    answers = scorer.generations(ASKED)
    taken, joined = len(steps), list(begun)
    widest = max(columns for _, columns in steps)

    steps.clear()
    apart = Scorer(tiny.model, tiny.tokenizer, generation_budget=scorer.desk.generation_budget)
    order = sorted(ASKED, key=lambda one: -scorer.lengths([one])[0])
    for at in range(0, len(order), PLACES):
        apart.generations(order[at : at + PLACES])

    tokens = sum(answer.tokens for answer in answers)
    longest = max(answer.tokens for answer in answers)
    assert joined[0] == PLACES
    assert len(joined) > len(ASKED) // PLACES
    assert taken <= tokens / (0.8 * PLACES) + longest
    assert taken < 0.8 * len(steps)
    assert widest <= max(scorer.lengths(ASKED))


def test_rows_of_variants_take_each_other_s_places(tiny):
    """A sweep in batches of a few rows takes fewer layer passes than the same batches one after the other."""
    plans = [LayerPlan.without((layer,), 12) for layer in (2, 5, 9)]
    budget = 8 * max(Scorer(tiny.model, tiny.tokenizer).lengths(ASKED))
    base, variants = scorers(tiny.model, tiny.tokenizer, plans, generation_budget=budget)
    other, others = scorers(tiny.model, tiny.tokenizer, plans, generation_budget=budget)
    SweepScorer(base, variants).generations(ASKED)
    apart = SweepScorer(other, others)
    order = sorted(ASKED, key=lambda one: -base.lengths([one])[0])
    for at in range(0, len(order), 2):
        apart.generations(order[at : at + 2])

    assert [kept(one, ASKED) for one in variants.values()] == [kept(one, ASKED) for one in others.values()]
    assert base.ledger.layer_forwards < 0.75 * other.ledger.layer_forwards


def test_rows_of_one_prompt_join_together(tiny, monkeypatch):
    """They are one row until their plans part; a prompt of more rows than leave at once is parted."""
    plans, begun = [LayerPlan.without((layer,), 12) for layer in (2, 9)], []
    assert merges(tiny.model)
    start = MergedDecoder.start
    monkeypatch.setattr(MergedDecoder, "start", lambda self, asked: begun.append(asked) or start(self, asked))
    for places in (15, 3):
        base, variants = scorers(tiny.model, tiny.tokenizer, plans)
        base.desk = replace(base.desk, generation_budget=budget_of(base, ASKED, places))
        begun.clear()
        SweepScorer(base, variants).generations(ASKED)
        counts = [count for asked in begun for count in Counter(asked).values()]

        assert len(begun) > 2
        assert sum(counts) == len(ASKED) * 3
        assert all(count % 3 == 0 for count in counts) is (places == 15)


def test_what_was_written_before_a_run_was_killed_is_kept(tiny, tmp_path, monkeypatch):
    """All but the rows that were in the batch just then."""
    scorer = Scorer(tiny.model, tiny.tokenizer, tmp_path)
    refills(tiny.model)
    scorer.desk = replace(scorer.desk, generation_budget=budget_of(scorer, ASKED))
    whole = Scorer(tiny.model, tiny.tokenizer).generations(ASKED)
    step, rows, begun = PaddedDecoder.step, [], []

    def killed(self, tokens):
        rows.append(len(tokens))
        if len(rows) == 12:
            raise KeyboardInterrupt
        return step(self, tokens)

    monkeypatch.setattr(PaddedDecoder, "step", killed)
    start = PaddedDecoder.start
    monkeypatch.setattr(PaddedDecoder, "start", lambda self, asked: begun.extend(asked) or start(self, asked))
    with pytest.raises(KeyboardInterrupt):
        scorer.generations(ASKED)
    again = Scorer(tiny.model, tiny.tokenizer, tmp_path)

    assert len(again.store.answers) == len(begun) - rows[-1] > 0
    assert all(again.store.get(key) in (None, one) for key, one in zip(again.keys(ASKED), whole, strict=True))
    assert not list(tmp_path.glob("*.busy"))


def test_a_batch_that_another_process_writes_is_left_to_it_until_nothing_else_is_left(tiny, tmp_path):
    """Nobody waits while rows are being written; afterwards what the other gave is read."""
    ours, theirs = (Scorer(tiny.model, tiny.tokenizer, tmp_path) for _ in "12")
    ours.desk = replace(ours.desk, generation_budget=budget_of(ours, ASKED))
    _, second, *_ = token_batches(ours.lengths(ASKED), ours.desk.generation_budget)
    second, waits, working_on = [ASKED[at] for at in second], [], ours.store.working_on
    held = ExitStack()
    assert held.enter_context(theirs.store.working_on(theirs.keys(second), wait=False))

    def seen(keys, *, wait):
        waits.append(wait)
        if wait:  # the other is done by then
            held.close()
            theirs.generations(second)
        return working_on(keys, wait=wait)

    vars(ours.store)["working_on"] = seen
    answers = ours.generations(ASKED)

    assert waits == [False] * (len(waits) - 1) + [True]
    assert answers == Scorer(tiny.model, tiny.tokenizer).generations(ASKED)
    written = [one.tokens for one, asked in zip(answers, ASKED, strict=True) if asked not in second]
    assert ours.ledger.generated_tokens == sum(written)


def test_what_is_refused_beside_others_is_asked_again_when_they_are_done(tiny, tmp_path):
    """As a budget refuses a job that would not be done in time: those that were begun are kept."""
    scorer, asked = Scorer(tiny.model, tiny.tokenizer, tmp_path), []

    def taken(job):
        def begin(_, idle):
            asked.append(idle)
            if asked[1:]:
                raise TimeoutError

        return replace(job, begin=begin)

    scorer.desk = replace(scorer.desk, taken=taken, generation_budget=budget_of(scorer, ASKED))
    with pytest.raises(TimeoutError):
        scorer.generations(ASKED)

    assert len(scorer.store.answers) == PLACES
    assert asked == [True, *[False] * (len(asked) - 2), True]
    assert len(asked) > 2
    assert not list(tmp_path.glob("*.busy"))


@pytest.mark.parametrize("kind", ["qwen3_5_text", "bart", "mamba2", "recurrent_gemma"])
def test_families_whose_rows_cannot_join_write_batch_after_batch(kind):
    """Recurrent states, foreign caches, positions from 2."""
    assert not refills(tiny_random(kind))


def test_a_model_that_remembers_the_rows_it_began_with_is_not_refilled(monkeypatch):
    """What it keeps of them is nothing that its cache tells."""
    model = tiny_random("llama")
    forward = type(model).forward

    def remembering(self, input_ids, **named):
        if input_ids.shape[1] > 1:
            vars(self)["began"] = len(input_ids)
        elif len(input_ids) > vars(self)["began"]:
            raise IndexError
        return forward(self, input_ids=input_ids, **named)

    monkeypatch.setattr(model, "forward", remembering.__get__(model))
    assert abilities_of(model).decoding == "padded"
    assert not refills(model)
