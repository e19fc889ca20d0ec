"""The same items in two forms: distractors that differ, and who picks what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tasks import both_ways, gsm8k
from harness.text.requests import Generation, LogLikelihood

LETTERS = {"id": "a", "question": "?", "choices": {"text": ["red", "a blue one", "green"], "label": ["A", "B", "C"]}}


@given(
    st.integers(0, 10**6), st.sampled_from(["2 + 3 = {n}\n#### {n}", "so = ${n:,}.\n#### {n:,}", "{n} eggs\n#### {n}"])
)
def test_the_four_worked_answers_state_four_results(result, layout):
    """With thousands commas or without: one is the gold answer, the others state other numbers throughout."""
    text = layout.format(n=result)
    options, gold = both_ways.options_of(text, result, "seed")
    assert options[gold] == text
    assert len({gsm8k.gold_answer(option) for option in options}) == both_ways.OPTIONS
    assert sum(f"{result}" in option.replace(",", "").split("####")[1].split() for option in options) == 1
    assert both_ways.options_of(text, result, "seed") == (options, gold)


def test_only_whole_mentions_of_the_result_are_replaced():
    """The 18 of 18.5 and of 1,018 stays, and so does what stands before the last calculation."""
    text = "18 + 0.5 = 18.5, 1,018 and 18\n#### 18"
    assert both_ways.with_result(text, 18, 21) == "18 + 0.5 = 18.5, 1,018 and 21\n#### 21"


@given(st.integers(-50, 10**6), st.text(max_size=5))
def test_other_results_are_other_numbers(result, seed):
    """Three of them, none equal, none negative unless the result is."""
    others = both_ways.other_results(result, seed)
    assert len({result, *others}) == both_ways.OPTIONS
    assert result < 0 or min(others) >= 0


@given(st.integers(0, 3), st.integers(1, 500))
def test_a_choice_is_right_when_the_gold_option_is_the_most_likely(choice, result):
    """The option with the highest log-likelihood is what the model chose."""
    item = {"id": "w", "question": "?", "answer": f"1 + 1 = {result} . #### {result}"}
    _, gold = both_ways.options_of(item["answer"], result, "w")
    given_answers = [LogLikelihood(-1.0 if index == choice else -5.0, is_greedy=False) for index in range(4)]
    outcome = both_ways.WORD_PROBLEMS_CHOICE.judge(item, given_answers)
    assert outcome.score == float(choice == gold)
    assert outcome.label == ("right" if choice == gold else "wrong")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("B", "right"),
        ("B.", "right"),
        ("(B)", "right"),
        ("**B**", "right"),
        ("The answer is B.", "right"),
        ("Answer: B", "right"),
        ("A", "wrong"),
        ("C. green", "wrong"),
        ("The answer is C, not B.", "wrong"),
        ("blue", "not extracted"),
        ("", "not extracted"),
        ("b", "not extracted"),
        ("CAB", "not extracted"),
        ("A good guess is B", "right"),
        ("D", "not extracted"),
    ],
)
def test_the_letter_that_stands_alone_is_the_answer(text, label):
    """A letter inside a word, or the article A, is none."""
    outcome = both_ways.ARC_EASY_GENERATED.judge(LETTERS | {"answerKey": "B"}, [Generation(text, 3, "stop")])
    assert (outcome.label, outcome.score) == (label, float(label == "right"))


@pytest.mark.parametrize(
    ("gold", "text", "score"),
    [
        ("fasor", " Fasor", 1.0),
        ("fasor", "fasor timek", 1.0),
        ("fasor", "timek fasor", 0.0),
        ("two words", "two words .", 1.0),
        ("two words", "two", 0.0),
        ("fasor", "", 0.0),
    ],
)
def test_a_generated_value_is_matched_from_its_first_word(gold, text, score):
    """As many words as the value has, in lower case."""
    item = {"id": "f", "choices": {"text": ["timek", gold], "label": ["A", "B"]}, "answerKey": "B"}
    outcome = both_ways.FACTS_GENERATED.judge(item, [Generation(text, 3, "stop")])
    assert outcome.score == score
