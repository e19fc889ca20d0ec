"""Word problems drawn from templates: the worked calculation is the result, in plain English."""

import re
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tasks import gsm8k
from harness.tasks.problems import KINDS
from harness.tasks.problems.template import LEAST, MEN, MOST, WOMEN, Step, Template, draw
from harness.text.requests import Generation

DRAWN = st.builds(draw, st.sampled_from(KINDS), st.text(max_size=8))
MARK = re.compile(r"([\d+*/ ()-]+) = \$?<<([\d+*/()-]+)=(\d+)>>(\d+)")


@given(DRAWN)
def test_every_shown_calculation_is_right_and_the_last_one_is_the_answer(problem):
    """Python, asked anew, finds what the answer says; inside its mark a calculation is the one before it."""
    *lines, last = problem.answer.splitlines()
    marks = [mark for line in lines for mark in MARK.finditer(line)]

    assert len(marks) == len(lines)
    for mark in marks:
        shown, inside, result, again = (part.replace(" ", "") for part in mark.groups())
        exact = eval(re.sub(r"\d+", lambda number: f"Fraction({number[0]})", shown), {"Fraction": Fraction})
        assert (shown, result) == (inside, again)
        assert exact == int(result)
        assert LEAST <= exact <= MOST
    assert last == f"#### {problem.result}"
    assert problem.result == int(marks[-1][4])
    assert 2 <= len(lines) <= 6


@given(DRAWN)
def test_a_problem_says_every_number_that_its_answer_starts_from(problem):
    """What is calculated with is in the question, a constant of its words (half, legs, days), or a result before."""
    known = set(re.findall(r"\d+", problem.question)) | {"1", "2", "3", "4", "5", "60", "100", "1000"}
    for mark in MARK.finditer(problem.answer):
        assert set(re.findall(r"\d+", mark[1])) <= known
        known.add(mark[3])


@given(DRAWN)
def test_problems_are_plain_english(problem):
    """Whole sentences, no gap left open, no double space, one question at the end, nobody named twice."""
    text = f"{problem.question} {MARK.sub('7', problem.answer)}"
    sentences = re.split(r"(?<=[.?]) ", problem.question)

    assert not re.search(r"[{}<>]|  |\ba [aeiou]|\b[Aa]n? \d|\b1 [a-z]+s\b|\.\.", text)
    assert all(re.match(r"[A-Z]", sentence) and re.search(r"[.?]$", sentence) for sentence in sentences)
    assert all(re.match(r"[A-Z]", line) and line.endswith(".") for line in problem.answer.splitlines()[:-1])
    assert problem.question.count("?") == 1
    assert problem.question.endswith("?")
    assert re.match(r"How (many|old) |On how many ", sentences[-1])


@given(DRAWN)
def test_gsm8k_judges_a_gold_answer_right(problem):
    """Fresh items are judged by GSM8K's judge, which reads the number after `####`, and takes no other."""
    item = {"id": "x", "question": problem.question, "answer": problem.answer}
    wrong = problem.answer.replace(f"#### {problem.result}", f"#### {problem.result + 1}")
    outcomes = [gsm8k.judge(item, [Generation(text, 9, "stop")]) for text in (problem.answer, wrong)]

    assert [outcome.score for outcome in outcomes] == [1.0, 0.0]


def test_there_are_kinds_enough():
    """Each has a name of its own; they take two to six calculations, most of them three or four, as GSM8K's do."""
    steps = [len(kind.steps) for kind in KINDS]

    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 20
    assert {2, 3, 4, 5, 6} == set(steps)
    assert 3 <= sum(steps) / len(steps) <= 4
    assert not set(WOMEN) & set(MEN)


def test_pronouns_are_the_first_persons():
    """A woman is `she` and `her`, a man `he` and `his`."""
    template = Template("t", "{who} {he} {He} {his} {him} {n}?", {"n": (3,)}, (Step("m", "n * 2", "{work}."),))
    found = {draw(template, str(seed)).question for seed in range(200)}

    assert all(text.split()[1:5] == (["she", "She", "her", "her"] if text.split()[0] in WOMEN else
                                     ["he", "He", "his", "him"]) for text in found)  # fmt: skip
    assert len(found) == len(WOMEN) + len(MEN)


def test_a_template_that_never_fits_says_so():
    """Its author learns it at once instead of waiting."""
    template = Template("odd", "{n}?", {"n": (3, 5)}, (Step("half", "n / 2", "{work}."),))

    with pytest.raises(ValueError, match="template 'odd': 10000 draws of its numbers gave no whole results"):
        draw(template, "0")
