"""What the stores of variants hold that answered together, and when they do not."""

import copy

import pytest
import torch

from harness.errors import BadInput
from harness.prune.merged import Merged
from harness.prune.surgery import share
from harness.score.abilities import Abilities, abilities_of
from harness.score.merged import MergedDecoder, merges
from harness.score.sweep import SweepScorer
from harness.score.together import cache_bytes
from harness.subject import Subject
from harness.tasks.source import Bundled
from harness.text.requests import GenerationRequest
from tests.score.plans import ASKED, PROMPTS, kept, scorers, without_each


def test_what_is_known_is_not_asked_again(tiny):
    """Of what one of them lacks only that is run; a second sweep runs nothing."""
    base, variants = scorers(tiny.model, tiny.tokenizer)
    first, *others = variants.values()
    first.generations(ASKED)
    spent = first.ledger.generated_tokens
    swept = SweepScorer(base, variants)
    swept.generations(ASKED)
    assert first.ledger.generated_tokens == spent

    before = base.ledger.layer_forwards
    swept.generations(ASKED)
    assert base.ledger.layer_forwards == before
    assert all(one.ledger.generated_tokens for one in others)


def test_a_variant_with_a_head_of_its_own_answers_by_itself(tiny):
    """What runs for all of them has the base's head."""
    base, variants = scorers(tiny.model, tiny.tokenizer, without_each(tiny.model)[:2])
    changed = next(iter(variants.values()))
    assert SweepScorer(base, variants).together is not None

    changed.model.lm_head = copy.deepcopy(changed.model.lm_head)
    assert SweepScorer(base, variants).together is None


@pytest.mark.parametrize("family", ["llama", "gemma2"])
def test_the_cache_of_a_token_is_counted(make_random, family):
    """Keys and values of 2 of 4 heads, 8 wide, in each of 6 layers, 4 bytes a number; windows count in full."""
    assert cache_bytes(make_random(family)) == 2 * 2 * 8 * 6 * 4


def test_batches_keep_the_budget_of_one_where_nothing_else_is_asked_for(tiny):
    """On a CPU always: there a step takes longer with every row."""
    base, variants = scorers(tiny.model, tiny.tokenizer, generation_budget=77)

    assert SweepScorer(base, variants).together.budget == 77
    assert SweepScorer(base, variants, fills=True).together.budget == 77


def test_rows_that_no_batch_may_hold_are_left_to_each(tiny):
    """LongRoPE turns a batch by other frequencies once one row is long."""
    model = share(tiny.model)
    vars(model)["_harness_abilities"] = Abilities("shared", "padded", reach=20)
    base, variants = scorers(model, tiny.tokenizer, without_each(model)[:2])
    long = GenerationRequest(PROMPTS[0], 40, chat=False)
    SweepScorer(base, variants).generations([*ASKED[:2], long])

    assert all(kept(one, ASKED[:2]) != [None] * 2 for one in variants.values())
    assert [kept(one, [long]) for one in variants.values()] == [[None]] * 2


def test_rows_that_took_another_way_are_refused(tiny, monkeypatch):
    """A layer that was passed by where plans have it makes nobody's answers."""
    base, variants = scorers(tiny.model, tiny.tokenizer)
    assert merges(tiny.model)
    cross = Merged._cross
    monkeypatch.setattr(
        Merged,
        "_cross",
        lambda self, at, *args, **named: (
            args[0] if at == 3 and args[0].shape[1] == 1 else cross(self, at, *args, **named)
        ),
    )

    with pytest.raises(BadInput, match="variants that answered together ran layer 3 for other rows"):
        SweepScorer(base, variants).generations(ASKED)
    assert not any(one.store.answers for one in (base, *variants.values()))


def test_a_batch_that_does_not_fit_says_so(tiny, monkeypatch):
    """As of one variant."""
    base, variants = scorers(tiny.model, tiny.tokenizer)
    assert abilities_of(tiny.model).decoding == "padded"
    assert merges(tiny.model)

    def full(*_):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(MergedDecoder, "start", full)
    with pytest.raises(
        BadInput, match=r"a batch of 65 requests does not fit into memory; use a smaller --batch-tokens"
    ):
        SweepScorer(base, variants).generations(ASKED)


def test_a_batch_that_another_process_does_is_left_to_it(tiny, tmp_path):
    """Where one of the variants is busy with its part, all parts wait, and no lock stays behind."""
    plans = without_each(tiny.model)[:2]
    base, variants = scorers(tiny.model, tiny.tokenizer, plans, store=tmp_path)
    other, others = scorers(tiny.model, tiny.tokenizer, plans, store=tmp_path)
    together = SweepScorer(other, others).together
    asked = [(plan, key) for plan in together.scorers for key in base.keys(ASKED)]
    last = max(variants.values(), key=lambda one: one.fingerprint)
    with last.store.working_on(last.keys(ASKED), wait=False) as theirs:
        with together.working_on(asked, wait=False) as ours:
            assert theirs
            assert not ours
        assert len(list(tmp_path.glob("*.busy"))) == 1
    with together.working_on(asked, wait=True) as ours:
        assert ours
    assert not list(tmp_path.glob("*.busy"))


def test_answers_that_another_process_gave_are_read(tiny, tmp_path):
    """A batch is not computed where all of it is there by now."""
    plans = without_each(tiny.model)[:2]
    base, variants = scorers(tiny.model, tiny.tokenizer, plans, store=tmp_path)
    other, others = scorers(tiny.model, tiny.tokenizer, plans, store=tmp_path)
    SweepScorer(base, variants).generations(ASKED)
    SweepScorer(other, others).generations(ASKED)

    assert base.ledger.layer_forwards > other.ledger.layer_forwards == 0


def test_what_is_asked_further_is_asked_by_each_one_s_own_answers(tiny):
    """A chain goes on from what a variant itself wrote: all of its links are there before it is asked alone."""
    plans = without_each(tiny.model)[8:]
    subject = Subject(tiny, "tiny", Bundled(), 4, None)
    subject.ask_together(plans, ["kinds_chain"])
    alone = Subject(tiny, "tiny", Bundled(), 4, None)
    before = subject.ledger.layer_forwards
    found = [subject.evaluate(plan, ["kinds_chain"]) for plan in plans]

    assert subject.ledger.layer_forwards == before
    assert found == [alone.evaluate(plan, ["kinds_chain"]) for plan in plans]
    assert len({outcome.response for one in found for outcome in one["kinds_chain"].outcomes}) > len(plans)
