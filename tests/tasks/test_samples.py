"""Several drawn answers to the items of a task."""

import pytest

from harness.errors import BadInput
from harness.score.scorer import Scorer
from harness.tasks.samples import FINAL, LIMITS, TASKS, drawn, sample
from harness.tasks.task import run_task


@pytest.fixture(scope="module")
def scorer(tiny):
    """The tiny model, without a store."""
    return Scorer(tiny.model, tiny.tokenizer)


def test_every_task_has_an_extractor_and_a_limit():
    """What can be put to a vote says how."""
    assert TASKS.keys() == FINAL.keys() == LIMITS.keys()


def test_more_samples_begin_with_the_fewer(scorer):
    """The first answers do not depend on how many are drawn, and answers differ between draws."""
    few, more = (sample("word_problems", scorer, None, 6, 0, count, 1.5) for count in (1, 3))

    assert few[0] == more[0]
    assert len({tuple(outcome.response for outcome in result.outcomes) for result in more}) == 3


def test_a_draw_is_of_the_item_and_not_of_its_batch(scorer, tiny):
    """One by one the same answers come out."""
    alone = Scorer(tiny.model, tiny.tokenizer, generation_budget=1)

    assert sample("word_problems", alone, None, 4, 0, 2, 1.5) == sample("word_problems", scorer, None, 4, 0, 2, 1.5)


def test_the_items_are_the_greedy_ones(scorer):
    """The same subset in the same order, asked with another seed for each item."""
    greedy = run_task(TASKS["word_problems"], scorer, None, 6, 0)
    (result,) = sample("word_problems", scorer, None, 6, 0, 1, 1.0)
    items = TASKS["word_problems"].load(None, "test")[:6]
    asked = [drawn(TASKS["word_problems"], 0, 1.0, 0).ask(item)[0] for item in items]

    assert [o.item_id for o in result.outcomes] == [o.item_id for o in greedy.outcomes]
    assert len({request.sampling.seed for request in asked}) == 6
    assert {request.sampling.temperature for request in asked} == {1.0}


def test_a_task_without_a_stated_answer_is_refused(scorer):
    """Programs cannot be counted."""
    with pytest.raises(BadInput, match="task 'code' cannot be put to a vote; expected one of word_problems, gsm8k"):
        sample("code", scorer, None, 6, 0, 2, 1.0)
