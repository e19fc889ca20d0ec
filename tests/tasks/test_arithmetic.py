"""Arithmetic: prompts, golds, judging."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.tasks import arithmetic
from harness.tasks.source import Bundled, Folder, Hub
from harness.tasks.suite import require_items, several_digits
from harness.text.requests import Generation, LogLikelihood, NextToken


def item(gold, question="What is (9 + 8) * 2?"):
    """One row of the data."""
    return {"id": question, "context": f"\n\nQ: {question}\n\nA:", "completion": f" {gold}"}


@given(st.integers(-(10**5), 10**5), st.integers(-(10**5), 10**5))
def test_an_answer_is_right_for_its_own_number_only(gold, said):
    """Sign, every digit and nothing but the number decide."""
    outcome = arithmetic.judge_sum(item(gold), [Generation(f" {said}", 4, "stop")])
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
    outcome = arithmetic.judge_sum(item(gold), [Generation(text, 4, finish)])
    assert (outcome.label, outcome.score) == (label, float(label == "right"))


@given(st.integers(-999, 999), st.lists(st.floats(-9, 0), min_size=10, max_size=10, unique=True))
def test_the_most_likely_digit_against_the_first_of_the_answer(gold, log_probabilities):
    """Right when the digit that leads is the answer's first one, sign aside; its log-probability is kept."""
    first = int(str(abs(gold))[0])
    outcome = arithmetic.judge_first_digit(item(gold), [NextToken(tuple(log_probabilities))])
    best = max(range(10), key=lambda digit: log_probabilities[digit])
    assert (outcome.score, outcome.response) == (float(best == first), str(best))
    assert outcome.extra["log_probability"] == log_probabilities[first]


def test_the_first_digit_is_asked_in_the_authors_words():
    """`analysis/arithmetic_ablation.ipynb`, cell 3: shots on one line, the item's "Answer:" on its own, sign given."""
    shots = (
        "Question: What is (4 * 4) * 1? Answer: 16\n"
        "Question: What is (8 + 3) * 5? Answer: 55\n"
        "Question: What is (7 + 5) - 6? Answer: 6\n"
    )
    asked = {gold: arithmetic.ask_first_digit(item(gold))[0].context for gold in ("34", "-34", "\u22121,034")}
    assert asked["34"] == f"{shots}Question: What is (9 + 8) * 2?\nAnswer: "
    assert asked["-34"] == asked["\u22121,034"] == f"{asked['34']}-"


def test_the_whole_answer_is_asked_in_the_items_own_layout():
    """Shots and item alike, the answer after "Answer:" on a line of its own; nothing of it is given away."""
    (request,) = arithmetic.ask_sum(item("-34"))
    lines = request.prompt.splitlines()
    assert lines[:2] == ["Question: What is (4 * 4) * 1?", "Answer: 16"]
    assert lines[-2:] == ["Question: What is (9 + 8) * 2?", "Answer:"]


def test_the_right_answer_is_scored_where_it_is_generated():
    """After the same prompt; right where the model would have begun with it, with its log-probability beside."""
    (request,) = arithmetic.ask_answer(item("34"))
    right, wrong = (
        arithmetic.judge_answer(item("34"), [LogLikelihood(value, is_greedy=greedy)])
        for value, greedy in ((-0.5, True), (-7.0, False))
    )

    assert (request.context, request.continuation) == (arithmetic.ask_sum(item("34"))[0].prompt, " 34")
    assert (right.score, right.label, right.extra) == (1.0, "right", {"log_probability": -0.5})
    assert (wrong.score, wrong.label, wrong.extra) == (0.0, "wrong", {"log_probability": -7.0})


def test_a_row_without_a_number_is_refused():
    """Rather than judged against nothing."""
    with pytest.raises(BadInput, match="its completion ' thirty' is no number"):
        arithmetic.ask_first_digit(item("thirty"))


def test_a_real_model_is_not_asked_the_mini_worlds_items():
    """Without a data folder the arithmetic of a real tier is refused; the tiny tier has its own."""
    require_items(("arithmetic", "facts"), Bundled())
    require_items(("gsm8k",), Hub())
    for name in ("arithmetic", "arithmetic_answer", "arithmetic_first_digit"):
        with pytest.raises(BadInput, match=r"single_digit_three_ops\.jsonl has no copy on the hub .* --data DIR"):
            require_items(("gsm8k", name), Hub())


def test_several_digits_need_a_folder(real_data):
    """Without one there is no copy to read; with one the four files are tasks."""
    assert several_digits(Hub()) == several_digits(Bundled()) == ()
    assert len(several_digits(Folder(real_data))) == 4
