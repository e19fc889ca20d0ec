"""Hands that count: they see the very jobs that a run does, and do none of them."""

from dataclasses import replace

import pytest

from harness.foresee.face import RECOVERY
from harness.foresee.hands import Counting
from harness.foresee.work import Model, Rates, of_pieces
from harness.prune.plan import LayerPlan
from harness.recover.recipe import recipe_named
from harness.score.ledger import Ledger
from harness.subject import Subject
from harness.subject.spaces import near
from harness.tasks.source import Bundled

MODEL = Model(layers=12, body=400, head=30, vocabulary=10, weights=1720, bytes=4, cache_bytes=8, attention=0.0)
RATES = Rates(pass_seconds=1.0, token_seconds=0.0, step_seconds=0.0, row_seconds=0.0)
READ = ["facts", "arithmetic_first_digit"]
WRITTEN = ["word_problems", "facts_chain"]


@pytest.fixture
def pair(tiny, tmp_path):
    """A subject with hands that count, what they count into, and the same subject with hands that do."""
    counting = Counting("tiny")
    doing = Subject(tiny, "tiny", Bundled(), 6, tmp_path / "store")
    return replace(doing, hands=counting.hands, ledger=Ledger(), plans_asked=[]), counting, doing


def without(layer):
    return LayerPlan.without((layer,), 12)


def totals(counting):
    """Prompt tokens, and layer calls of what is only read."""
    pieces = counting.notes.pieces
    return sum(one.prompts for one in pieces), sum(one.layers * one.passes for one in pieces if not one.limits)


@pytest.mark.parametrize("variant", [LayerPlan.full(12), without(4)])
def test_what_is_read_is_foreseen_to_the_token(pair, variant):
    """Prompt tokens and layer calls as the ledger counts them, of likelihoods and next tokens."""
    planned, counting, doing = pair
    planned.evaluate(variant, READ)
    doing.evaluate(variant, READ)

    assert totals(counting) == (doing.ledger.forward_tokens, doing.ledger.layer_forwards)


def test_a_sweep_is_foreseen_with_what_its_variants_share(pair):
    """Each variant is run from where it parts from another."""
    planned, counting, doing = pair
    for subject in (planned, doing):
        list(subject.evaluate_without_each(READ, 4))

    assert totals(counting) == (doing.ledger.forward_tokens, doing.ledger.layer_forwards)


def test_prompts_of_answers_are_foreseen_to_the_token(pair):
    """And as many answers as are written, each with its limit; those that build on others too."""
    planned, counting, doing = pair
    planned.evaluate(planned.whole, WRITTEN)
    problems = [one for one in counting.notes.pieces if one.task == "word_problems"]
    chains = [one for one in counting.notes.pieces if one.task == "facts_chain"]

    assert sum(len(one.limits) for one in problems) == 6
    assert {limit for one in problems for limit in one.limits} == {96}
    assert len(chains) == 4
    doing.evaluate(doing.whole, ["word_problems"])
    assert sum(one.prompts for one in problems) == doing.ledger.forward_tokens


def test_steps_of_batches_that_refill_each_other_are_foreseen(tiny, tmp_path):
    """Within the share that a plan's times are right to; only the last batch runs to its end alone."""
    counting, tokens = Counting("tiny"), 8 * 130
    doing = Subject(tiny, "tiny", Bundled(), 48, tmp_path, batch_tokens=tokens)
    planned = replace(doing, hands=counting.hands, ledger=Ledger(), plans_asked=[])
    planned.evaluate(planned.whole, ["word_problems"])
    doing.evaluate(doing.whole, ["word_problems"])
    foreseen = of_pieces(counting.notes.pieces, MODEL, RATES, counting.sight.lengths)

    assert [one.followed for one in counting.notes.pieces] == [True] * (len(counting.notes.pieces) - 1) + [False]
    assert len(counting.notes.pieces) > 3
    assert foreseen.layer_passes == pytest.approx(doing.ledger.layer_forwards, rel=0.3)


def test_nothing_is_computed_and_nothing_kept(pair):
    """Not an answer, not a judgement."""
    planned, counting, doing = pair
    planned.evaluate(without(3), [*READ, *WRITTEN, "code"])

    assert counting.notes.pieces
    assert planned.ledger.layer_forwards == 0
    assert not doing.store.exists()


def test_what_is_stored_is_not_asked_again(pair):
    """Its results are those of the run, and its lengths are known."""
    planned, counting, doing = pair
    known = doing.evaluate(doing.whole, ["word_problems"])
    found = planned.evaluate(planned.whole, ["word_problems"])

    assert found == known
    assert not counting.notes.pieces
    assert len(counting.notes.stored) == 6
    assert counting.sight.lengths.stored("word_problems", "base").mean == pytest.approx(
        sum(outcome.tokens for outcome in known["word_problems"].outcomes) / 6
    )


def test_a_check_is_counted_as_if_it_ran_alone(pair):
    """Within one check nothing is asked twice; the next one starts anew."""
    planned, counting, _ = pair
    counts = []
    for _ in range(2):
        counting.begin()
        planned.forget()
        for _ in range(2):
            planned.evaluate(planned.plan("block_influence", 0.25), READ)
        counts.append((totals(counting), counting.notes.rankings))
    assert counts[0] == counts[1]
    assert [chosen.name for chosen in counts[0][1]] == ["block_influence"]


def test_a_method_that_asks_the_model_is_not_run(pair):
    """As many layers stand in for its choice, and no answers of theirs are looked for; what asks nothing is asked."""
    planned, counting, doing = pair
    assert planned.plan("reverse", 0.25) == doing.plan("reverse", 0.25)

    plan = planned.plan("block_influence", 0.25)
    assert len(plan.removed) == 3
    assert counting.notes.rankings[0].tokens == sum(
        len(planned.loaded.tokenizer(text).input_ids) for text in planned.choices.calibration("block_influence")
    )
    assert planned.variants.scorer(plan).store.real is None
    assert planned.choices.passes.count == 0


def test_a_recovery_is_reckoned_and_not_trained(pair):
    """Its examples are the prompts with answers of the expected length; its variants are asked like any other."""
    planned, counting, _ = pair
    small = replace(planned.recoveries.settings, examples=176)
    planned = replace(planned, recovery=small)
    corpus, _ = planned.recoveries.self_generated(planned.recoveries.corpus("dolci-like"))
    runs = [planned.recoveries.recover(without(2), corpus, seed, (0.5, 1.0)) for seed in (0, 1)]
    planned.evaluate(runs[0][1], ["facts"])

    assert {one.task for one in counting.notes.pieces} == {RECOVERY, "facts"}
    assert [run.layers for run in counting.notes.trainings] == [11, 11]
    assert len({run.name for run in counting.notes.trainings}) == 2
    assert len({model.fingerprint for models in runs for model in models}) == 4
    learned = sum(len(planned.loaded.tokenizer(f"{one.prompt} {one.answer}").input_ids) for one in corpus.examples)
    assert counting.notes.trainings[0].tokens == pytest.approx(learned, rel=0.3)

    planned.evaluate_all([run[1] for run in runs], ["word_problems"])
    (batch,) = [one for one in counting.notes.pieces if one.task == "word_problems"]
    assert (len(batch.limits), batch.kind, len({name for name, _ in batch.asked})) == (12, "recovered", 2)


def test_frozen_layers_are_reckoned_once_per_example(pair):
    """Of eleven layers three are trained, with gradients of their weights; the others run on each example once."""
    planned, counting, _ = pair
    corpus, recipe = planned.recoveries.corpus("dolci-like"), recipe_named("tiny-last-layers")
    planned.recoveries.recover(without(2), corpus, 0, recipe=replace(recipe, epochs=2.0))
    (run,) = counting.notes.trainings

    assert (run.layers, run.passes, run.beginning.layers) == (3, 3.0, 8)
    assert run.beginning.tokens == pytest.approx(run.tokens / 2, rel=0.02)
    assert run.beginning.passes < len(corpus.examples) / 2


def test_variants_that_write_together_are_one_batch(pair):
    """Each of them is asked what it lacks, by its own name, and the batch has the rows of all."""
    planned, counting, _ = pair
    planned.ask_together([without(3), without(8)], ["word_problems"])
    (batch,) = counting.notes.pieces

    assert len(batch.limits) == 18
    assert len({name for name, _ in batch.asked}) == 3
    assert batch.plans == {planned.whole, without(3), without(8)}
    assert batch.layers == 12
    assert planned.ledger.layer_forwards == 0


def test_a_choice_and_a_training_that_are_kept_are_read(pair):
    """And so are the answers of what they left."""
    planned, counting, doing = pair
    few = replace(doing.recoveries.settings, examples=176)
    planned, doing = replace(planned, recovery=few), replace(doing, recovery=few)
    corpus = doing.recoveries.corpus("gold-word-problems")
    plan = doing.plan("block_influence", 0.25)
    (recovered,) = doing.recoveries.recover(plan, corpus, 0)
    doing.evaluate(recovered, ["facts"])

    assert planned.plan("block_influence", 0.25) == plan
    (read,) = planned.recoveries.recover(plan, corpus, 0)
    planned.evaluate(read, ["facts"])
    assert read.fingerprint == recovered.fingerprint
    assert (counting.notes.rankings, counting.notes.trainings, counting.notes.pieces) == ([], [], [])
    assert planned.recoveries.recover(plan, corpus, 1)[0].fingerprint != recovered.fingerprint
    assert len(counting.notes.trainings) == 1


def test_a_repair_is_reckoned_and_not_made(pair):
    """A pass of the base over the texts; what the repaired variant answers is looked for nowhere."""
    planned, counting, _ = pair
    pruned = planned.variants.pruned(without(4))
    mended = planned.repaired(without(4), "replace_me")

    assert (
        mended.model.get_parameter("model.layers.3.mlp.down_proj.weight").data_ptr()
        == pruned.model.get_parameter("model.layers.3.mlp.down_proj.weight").data_ptr()
    )
    assert mended.fingerprint == f"{pruned.fingerprint}-replace_me"
    assert [one.name for one in counting.notes.rankings] == ["repair replace_me"]
    assert planned.variants.scorer(mended).store.real is None


def test_texts_that_two_models_read_to_be_compared_are_counted(pair, monkeypatch):
    """Each token once for base and variant, through the layers of both; nothing is run."""
    planned, counting, doing = pair
    answered = doing.evaluate(LayerPlan.full(12), ["word_problems"])
    passes = []
    monkeypatch.setattr("harness.models.spaces.run", lambda model, ids, **_: passes.append(ids))
    found = near(planned, doing.variants.pruned(without(4)), answered)

    assert [len(rows) for rows in found.values()] == [6]
    assert passes == []
    chosen = counting.notes.rankings
    assert len({(one.name, one.tokens) for one in chosen}) == 6
    assert {one.layers for one in chosen} == {12 + 11}
    assert all(one.tokens > 20 for one in chosen)
