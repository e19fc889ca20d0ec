"""Several drawn answers to the items of a task."""

import pytest

from harness.errors import BadInput
from harness.score.scorer import Scorer
from harness.tasks.samples import drawn, sample
from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS
from harness.tasks.task import run_task
from harness.text.requests import Generation


@pytest.fixture(scope="module")
def scorer(tiny):
    """The tiny model, without a store."""
    return Scorer(tiny.model, tiny.tokenizer)


OURS = [task.name for task in TASKS.values() if task.states and task.reads.may_be_in(Bundled())]


@pytest.mark.parametrize("name", OURS)
def test_the_extractor_finds_what_the_judge_counts(name, scorer):
    """Answers that are right state what other right answers to the same question do, and no other item's."""
    drawn_answers = sample(name, scorer, Bundled(), 8, 0, 3, 1.0)
    for outcomes in zip(*(result.outcomes for result in drawn_answers), strict=True):
        right = {TASKS[name].states(outcome.response) for outcome in outcomes if outcome.score == 1}
        wrong = {TASKS[name].states(outcome.response) for outcome in outcomes if outcome.label == "wrong"}
        assert len(right) <= 1
        assert None not in right
        assert not right & wrong


def test_more_samples_begin_with_the_fewer(scorer):
    """The first answers do not depend on how many are drawn, and answers differ between draws."""
    few, more = (sample("word_problems", scorer, Bundled(), 6, 0, count, 1.5) for count in (1, 3))

    assert few[0] == more[0]
    assert len({tuple(outcome.response for outcome in result.outcomes) for result in more}) == 3


def test_a_draw_is_of_the_item_and_not_of_its_batch(scorer, tiny):
    """One by one the same answers come out."""
    alone = Scorer(tiny.model, tiny.tokenizer, generation_budget=1)

    assert sample("word_problems", alone, Bundled(), 4, 0, 2, 1.5) == sample(
        "word_problems", scorer, Bundled(), 4, 0, 2, 1.5
    )


def test_the_items_are_the_greedy_ones(scorer):
    """The same subset in the same order, asked with another seed for each item."""
    greedy = run_task(TASKS["word_problems"], scorer, Bundled(), 6, 0)
    (result,) = sample("word_problems", scorer, Bundled(), 6, 0, 1, 1.0)
    items = TASKS["word_problems"].load(Bundled(), "test")[:6]
    asked = [drawn(TASKS["word_problems"], 0, 1.0, 0).ask(item)[0] for item in items]

    assert [o.item_id for o in result.outcomes] == [o.item_id for o in greedy.outcomes]
    assert len({request.sampling.seed for request in asked}) == 6
    assert {request.sampling.temperature for request in asked} == {1.0}


def test_a_task_without_a_stated_answer_is_refused(scorer):
    """Programs cannot be counted."""
    with pytest.raises(
        BadInput, match="task 'code' cannot be put to a vote; expected one of word_problems, arithmetic, "
    ):
        sample("code", scorer, Bundled(), 6, 0, 2, 1.0)


def test_named_items_are_asked_alone_and_drawn_alike(scorer):
    """Whatever the limit, and as they are among others."""
    whole = sample("calculations_chain", scorer, Bundled(), 5, 0, 2, 1.5)
    names = [whole[0].outcomes[place].item_id for place in (1, 3)]
    some = sample("calculations_chain", scorer, Bundled(), 1, 0, 2, 1.5, items=set(names))

    assert [[o.item_id for o in result.outcomes] for result in some] == [names] * 2
    assert [result.outcomes for result in some] == [tuple(r.outcomes[place] for place in (1, 3)) for r in whole]


def test_answers_that_build_on_others_are_drawn_anew_each_time(scorer):
    """Each sentence of a chain has a seed of its own, and the chain of a draw goes on from its own words."""
    task = drawn(TASKS["kinds_chain"], 1, 3.0, 0)
    item = task.load(Bundled(), "test")[0]
    first = task.ask(item)
    answers = [Generation("rain", 2, "stop")]
    (second,) = task.further(item, answers)

    assert second.prompt.split(" . ")[1].startswith("every rain ")
    assert second.sampling.seed != first[0].sampling.seed
    assert sample("kinds_chain", scorer, Bundled(), 6, 0, 1, 3.0)[0].mean < 1
