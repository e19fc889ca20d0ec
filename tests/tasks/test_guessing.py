"""What guessing scores, measured on the answers of one variant."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tasks import both_ways
from harness.tasks.guessing import guessing_score
from harness.tasks.outcome import Outcome, TaskResult
from harness.text.requests import Generation, LogLikelihood

SILENT = ("not extracted", "truncated", "loop", "unfinished thought")
ITEM = {"id": "a", "question": "?", "choices": {"text": list("wxyz"), "label": list("ABCD")}, "answerKey": "B"}


def answered(labels, chance=0.25):
    """A result with answers of these labels."""
    outcomes = (Outcome(str(place), float(label == "right"), label, "") for place, label in enumerate(labels))
    return TaskResult("task", "number", chance, tuple(outcomes))


@given(st.lists(st.sampled_from(SILENT), max_size=20))
def test_a_model_that_names_no_option_cannot_guess(labels):
    """Whatever else it writes, and where nothing was asked."""
    assert guessing_score(answered(labels)) == 0


@given(st.lists(st.sampled_from(["right", "wrong"]), min_size=1, max_size=20), st.integers(2, 10))
def test_a_model_that_always_names_an_option_guesses_as_a_choice_does(labels, options):
    """One of k, whether its answers are right or not."""
    assert guessing_score(answered(labels, 1 / options)) == pytest.approx(1 / options)


@given(st.lists(st.sampled_from(["right", "wrong", *SILENT]), min_size=1, max_size=20))
def test_only_answers_that_name_an_option_count(labels):
    """The share of them, of the score of one that always does; open answers have no chance."""
    named = sum(label not in SILENT for label in labels) / len(labels)

    assert guessing_score(answered(labels)) == pytest.approx(named / 4)
    assert guessing_score(answered(labels, 0.0)) == 0


@pytest.mark.parametrize(
    ("text", "finish", "score"),
    [("A", "stop", 0.25), ("B.", "stop", 0.25), ("", "stop", 0.0), ("gravity", "stop", 0.0), ("well well", "loop", 0.0),
     ("Let me think", "length", 0.0), ("B and then", "length", 0.25)],
)  # fmt: skip
def test_labels_are_those_of_the_judge(text, finish, score):
    """What the judge of a generated letter calls right or wrong has named one, finished or not."""
    outcome = both_ways.ARC_EASY_GENERATED.judge(ITEM, [Generation(text, 3, finish)])

    assert guessing_score(replace(answered(["right"]), outcomes=(outcome,))) == score


def test_a_choice_by_log_likelihood_always_guesses():
    """There is no silence among options."""
    item = {"id": "w", "question": "?", "answer": "1 + 1 = 2 . #### 2"}
    options = [LogLikelihood(-float(place), is_greedy=False) for place in range(4)]
    outcome = both_ways.WORD_PROBLEMS_CHOICE.judge(item, options)

    assert guessing_score(replace(answered(["right"]), outcomes=(outcome,))) == 0.25
