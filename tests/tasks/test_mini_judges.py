"""The mini-world's judges: what is right, what is wrong, and what is neither."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tasks import brackets, headlines, mini_choice, word_problems
from harness.text.requests import Generation, LogLikelihood

FINISHES = st.sampled_from(["stop", "length", "loop"])
NUMBERS = st.integers(-(10**4), 10**4)
OPTIONS = {"id": "f", "choices": {"text": ["a", "bbbbbbbb", "cc", "dddd"], "label": ["A", "B", "C", "D"]}}
TOKENS = st.lists(st.sampled_from("([{)]}"), min_size=1, max_size=8)


def judged(judge, item, text, finish="stop"):
    """The outcome of one generated answer."""
    return judge(item, [Generation(text, 5, finish)])


@given(TOKENS, TOKENS, FINISHES)
def test_brackets_are_right_when_they_are_the_target(target, said, finish):
    """Every bracket in order, spaces aside; an unfinished wrong answer says so."""
    outcome = judged(brackets.judge, {"id": "b", "target": " ".join(target)}, "  ".join(said), finish)
    assert outcome.score == float(said == target)
    wrong = {"length": "truncated", "loop": "loop", "stop": "wrong"}[finish]
    assert outcome.label == ("right" if said == target else wrong)


@given(NUMBERS, NUMBERS, NUMBERS, FINISHES)
def test_word_problems_count_the_stated_number_of_a_finished_answer(gold, worked, said, finish):
    """What stands after ####, whatever was computed before; an unfinished answer is not right."""
    item = {"id": "w", "answer": f"{worked} + 0 = {gold} . #### {gold}"}
    outcome = judged(word_problems.judge, item, f"{worked} - 0 = {worked} . #### {said} .", finish)
    assert outcome.score == float(said == gold and finish == "stop")
    assert outcome.extra["strict"] == float(said == gold)


@given(NUMBERS, NUMBERS, st.integers(0, 99))
def test_word_problems_fall_back_on_the_last_number(gold, said, before):
    """Without #### the last number of the answer, with its sign, and no number before it."""
    item = {"id": "w", "answer": f"#### {gold}"}
    outcome = judged(word_problems.judge, item, f"{before} and {before} = {said} .")
    assert outcome.score == float(said == gold)
    assert outcome.label == ("right" if said == gold else "wrong")
    assert outcome.extra["strict"] == 0.0
    assert judged(word_problems.judge, item, "none").label == "not extracted"


def test_word_problems_read_the_whole_number():
    """Neither the 17 of 17.5 nor the 1 of 1,080; of several stated numbers the first."""
    assert word_problems.strict("#### 17.5") != 17
    assert word_problems.strict("#### 1,080") == word_problems.flexible("it is 1,080") == 1080
    assert word_problems.strict("#### 5 #### 6") == 5
    assert word_problems.flexible("7 #### 5 , then 6 more") == 5
    assert word_problems.strict("#### 5 and 6") is word_problems.flexible("#### 5 and 6") is None
    assert word_problems.strict("7") is None


@given(st.permutations([-1.0, -2.0, -3.0, -4.0]), st.sampled_from("ABCD"))
def test_a_choice_is_right_by_its_likelihood_and_beside_it_by_its_length(values, key):
    """Acc takes the most likely option, acc_norm the most likely per character of the option."""
    item = OPTIONS | {"answerKey": key}
    outcome = mini_choice.judge(item, [LogLikelihood(value, is_greedy=False) for value in values])
    texts = OPTIONS["choices"]["text"]
    best = max(range(4), key=lambda index: values[index])
    best_of_length = max(range(4), key=lambda index: values[index] / len(texts[index]))
    gold = "ABCD".index(key)
    assert (outcome.score, outcome.response) == (float(best == gold), texts[best])
    assert outcome.label == ("right" if best == gold else "wrong")
    assert outcome.extra["acc_norm"] == float(best_of_length == gold)


def test_the_gold_option_is_found_by_its_label():
    """Labels may stand in any order."""
    item = {"id": "f", "choices": {"text": ["x", "y"], "label": ["B", "A"]}, "answerKey": "A"}
    outcome = mini_choice.judge(item, [LogLikelihood(-2.0, is_greedy=False), LogLikelihood(-1.0, is_greedy=False)])
    assert (outcome.score, outcome.response) == (1.0, "y")


@pytest.mark.parametrize(
    ("text", "score", "label"),
    [
        ("the river of morria", 1.0, "right"),
        ("the rivers of morria", 1.0, "different"),
        ("morria", 0.4, "different"),
        ("morria of river the", 0.25, "different"),
        ("cats sleep", 0.0, "different"),
        ("", 0.0, "different"),
    ],
)
def test_headlines_score_by_their_longest_common_subsequence(text, score, label):
    """ROUGE-L F1 of stems, in order: of 4 words with 1 in common it is 2 * 1 * .25 / 1.25."""
    outcome = judged(headlines.judge, {"id": "h", "summary": "the river of morria"}, text)
    assert outcome.score == pytest.approx(score)
    assert outcome.label == label
    assert judged(headlines.judge, {"id": "h", "summary": "the river of morria"}, text, "loop").label == "loop"
