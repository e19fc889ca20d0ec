"""The question behind a key."""

import pytest

from harness.errors import BadInput
from harness.score.scorer import Scorer
from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS
from harness.upkeep.asking import questions


@pytest.fixture(autouse=True)
def loaded(tiny, monkeypatch):
    """The tiny model, loaded once."""
    monkeypatch.setattr("harness.models.load.load_model", lambda *_, **__: tiny)


@pytest.mark.parametrize("task", ["word_problems", "facts", "arithmetic_first_digit"])
def test_a_question_has_the_key_that_a_run_gives_it(tiny, tmp_path, task):
    """Of answers written, options and next tokens."""
    item = TASKS[task].load(Bundled(), "test")[0]
    asked = list(questions("tiny", None, task, str(item["id"]), Bundled()))
    scorer = Scorer(tiny.model, tiny.tokenizer)

    assert [question.key for question in asked] == scorer.keys(
        [scorer.as_set(r) if task == "word_problems" else r for r in TASKS[task].ask(item)]
    )
    assert len(asked[0].ids) > 5


def test_what_ends_an_answer_is_said():
    """By name, with the most that may be written."""
    (question,) = questions(
        "tiny", None, "word_problems", str(TASKS["word_problems"].load(Bundled(), "test")[0]["id"]), Bundled()
    )

    assert question.wanted.startswith("at most ")
    assert "ended by <" in question.wanted
    assert question.page().startswith(f"question {question.key}\nasked ")


def test_an_item_that_is_not_there_is_one_sentence():
    """With some that are."""
    with pytest.raises(BadInput, match="--item nobody: task facts has 300 items, such as"):
        next(questions("tiny", None, "facts", "nobody", Bundled()))
