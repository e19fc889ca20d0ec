"""Arithmetic: prompts, golds, judging."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.score.requests import Generation, NextToken
from harness.tasks import arithmetic


def item(gold, question="What is (9 + 8) * 2?"):
    """One row of the data."""
    return {"id": question, "context": f"\n\nQ: {question}\n\nA:", "completion": f" {gold}"}


@given(st.integers(-(10**5), 10**5), st.integers(-(10**5), 10**5))
def test_an_answer_is_right_for_its_own_number_only(gold, said):
    """Sign, every digit and nothing but the number decide."""
    (outcome,) = arithmetic.judge([item(gold)], [[Generation(f" {said}", 4, "stop")]])
    assert outcome.score == float(gold == said)
    assert outcome.label == ("right" if gold == said else "wrong")


@pytest.mark.parametrize(
    ("gold", "text", "finish", "label"),
    [
        ("1,234", " 1234", "stop", "right"),
        ("3.5", " 3.50", "stop", "right"),
        ("1232", " 1,232", "stop", "right"),
        ("1232", " 1232.5", "length", "truncated"),
        ("12", " 12 * 3", "stop", "not extracted"),
        ("34", " thirty-four", "stop", "not extracted"),
        ("-34", " 34", "stop", "wrong"),
    ],
)
def test_golds_and_answers_in_other_notations(gold, text, finish, label):
    """Separators and decimals of both sides are read alike."""
    (outcome,) = arithmetic.judge([item(gold)], [[Generation(text, 4, finish)]])
    assert (outcome.label, outcome.score) == (label, float(label == "right"))


@given(st.integers(-999, 999), st.lists(st.floats(-9, 0), min_size=10, max_size=10, unique=True))
def test_the_most_likely_digit_against_the_first_of_the_answer(gold, log_probabilities):
    """Right when the digit that leads is the answer's first one, sign aside; its log-probability is kept."""
    first = int(str(abs(gold))[0])
    (outcome,) = arithmetic.judge_first_digit([item(gold)], [[NextToken(tuple(log_probabilities))]])
    best = max(range(10), key=lambda digit: log_probabilities[digit])
    assert (outcome.score, outcome.response) == (float(best == first), str(best))
    assert outcome.extra["log_probability"] == log_probabilities[first]
