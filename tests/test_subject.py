"""The model under test: what it measures about itself."""

from dataclasses import replace

import pytest

from harness.prune.plan import LayerPlan, parse_plan
from harness.recover.recipe import recipe_named
from harness.recover.recover import recover
from harness.subject import Subject
from harness.tasks.suite import TASKS as TASKS_BY_NAME
from harness.tasks.suite import several_digits

TASKS = ("facts", "word_problems")


@pytest.fixture(scope="module")
def subject(tiny):
    """The tiny model on sixteen items a task."""
    return Subject(tiny, "tiny", None, 16, None)


def test_numerics_flip_few_scores_of_the_tiny_model(subject):
    """Asked one at a time nothing flips; bfloat16 may flip some."""
    rates = subject.flip_rates(subject.evaluate(subject.whole, TASKS))

    assert rates.keys() == set(TASKS)
    for task in TASKS:
        assert rates[task].keys() == {"one at a time", "bfloat16"}
        assert rates[task]["one at a time"] == 0.0
        assert rates[task]["bfloat16"] <= 0.25


def test_a_score_that_differs_is_a_flip(subject):
    """Answers that say the opposite of every item flip all of them."""
    base = subject.evaluate(subject.whole, ("facts",))
    turned = replace(base["facts"], outcomes=tuple(replace(o, score=1 - o.score) for o in base["facts"].outcomes))

    assert subject.flip_rates({"facts": turned})["facts"]["one at a time"] == 1.0


def test_merging_is_measured_for_adapters_only(subject, tiny):
    """In float32 folding the adapter changes no score; recipes without one have nothing to fold."""
    plan = subject.plan("reverse", 0.25)
    corpus = subject.corpus("gold-word-problems")
    short = replace(recipe_named("tiny"), epochs=0.1)
    (recovered,) = subject.recover(plan, corpus, 0, recipe=short)

    assert subject.rise_by_merging(recovered, ("word_problems",))["word_problems"].estimate == pytest.approx(
        0, abs=0.07
    )
    scaled = recover(replace(tiny, model=recovered.model), corpus, recipe_named("norm"), 0, base=tiny.model)
    assert subject.rise_by_merging(scaled, ("word_problems",)) == {}


def test_several_digits_need_a_folder(real_data):
    """Without one there is no copy to read; with one the four files are tasks."""
    assert several_digits(None) == ()
    assert len(several_digits(real_data)) == 4


def test_selection_never_looks_at_test_items(subject):
    """What a searching method is scored on is in no test set, and the unpruned model keeps all of its score."""
    chosen = subject._selected(subject.whole)

    assert subject.selection_score(subject.whole) == 1.0
    assert 0.0 < subject.selection_score(LayerPlan.without(range(4, 12), 12)) < 0.5
    for task, result in chosen.items():
        assert not {o.item_id for o in result.outcomes} & {
            item["id"] for item in TASKS_BY_NAME[task].load(None, "test")
        }


def test_scores_of_a_plan_with_units_are_its_own(subject):
    """A variant without an attention is another variant than one without the whole layer."""
    plans = [parse_plan(text, 12) for text in ("4", "attn4", "mlp4")]
    assert len({subject.fingerprint(plan) for plan in plans}) == 3
    assert all(subject.evaluate(plan, ("facts",))["facts"].outcomes for plan in plans)
