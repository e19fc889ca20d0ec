"""Every registered task: the right answer in each of its forms is right, and any other is wrong."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.tasks import both_ways
from harness.tasks.suite import TASKS
from harness.text.requests import Generation, LogLikelihood, NextToken

STATED = (
    "#### {}", "so 7 + 2 = 9 .\n#### {} .", "####  {}\n", "####{}", "**#### {}**", "#### {} eggs",
    "#### the answer is {}",
)  # fmt: skip
SAID = ("{}", " {} ", "it is 7, no, {}", "7 and **{}**.", "the answer is {}", "THE ANSWER IS {} EGGS!", "9 = {}")
BOXED = (
    r"\boxed{{{}}}",
    r"7 = \boxed{{ {} }} eggs",
    r"\boxed{{7}} then \boxed{{{}}} .",
    r"$\boxed{{{} \text{{ eggs}}}}$",
)
# the first is the number of a step where a chain may follow
BEGUN = ("{}. Then 7", "{}", "  {}\n", "{} eggs", "= {}", "**{}**", "7 + 2 = {}")
NUMBERS = st.integers(-(10**4), 10**4)
CHOICES = {"text": ["red", "dark blue", "green", "fasor"], "label": ["A", "B", "C", "D"]}


@dataclass(frozen=True)
class Written:
    """How a number is the answer of a task.

    Attributes:
        tasks: that are judged so.
        item: what states the gold number.
        forms: of an answer with a number in it.
        stated: those of them that count in an answer that was cut, too; None: an unfinished answer is judged as any.
    """

    tasks: tuple[str, ...]
    item: str
    forms: tuple[str, ...]
    stated: tuple[str, ...] | None


WRITTEN = (
    Written(("word_problems", "word_problems_fresh", "calculations_chain"), "#### {}", (*STATED, *SAID), ()),
    Written(
        ("gsm8k", "gsm8k_fresh"), "7 - 2\n#### {}", (*STATED, *SAID, *BOXED), (*STATED, *BOXED)
    ),
    Written(
        ("gsm8k_number",), "7 - 2\n#### {}", (*BEGUN[1:], *STATED, *BOXED[::3]), (*BEGUN[1:], *STATED, *BOXED[::3])
    ),
    Written(
        ("arithmetic", "arithmetic_fresh", "calculations", "two_digit_addition", "two_digit_subtraction",
         "three_digit_addition", "two_digit_multiplication"),
        " {}", BEGUN, None,
    ),
)  # fmt: skip
WORKED = ("word_problems_choice", "gsm8k_choice", "calculations_chain_choice")
BARE = ("gsm8k_number_choice", "calculations_choice")
DIGITS = ("arithmetic_first_digit", "arithmetic_first_digit_fresh")
CHAINS = ("facts_chain", "kinds_chain")


def of(kind, *, but=()):
    """The tasks whose answers are of a kind."""
    return [task.name for task in TASKS.values() if task.kind == kind and task.name not in but]


def judged(name, item, *answers):
    """The outcome of one item."""
    return TASKS[name].judge({"id": "i"} | item, list(answers))


def numbered(how, gold):
    """An item whose gold answer is a number."""
    return {"question": "?", "answer": how.item.format(gold), "completion": how.item.format(gold), "context": "Q:"}


def test_every_number_is_held_to_its_properties():
    """In how it may be written; all other tasks are held to those of their kind by being of it."""
    named = [name for how in WRITTEN for name in how.tasks]
    assert sorted([*named, "arithmetic_answer"]) == sorted(of("number"))


@pytest.mark.parametrize(
    ("how", "name", "form"), [(how, name, form) for how in WRITTEN for name in how.tasks for form in how.forms]
)
@settings(deadline=None, max_examples=10)
@given(gold=NUMBERS, said=NUMBERS)
def test_a_number_is_right_when_it_is_the_gold_one(how, name, form, gold, said):
    """In every form of the task, with its sign and all of its digits; a neighbour and the opposite are wrong."""
    for other in (gold, said, gold + 1, -gold, 10 * gold, gold + 10**4):
        outcome = judged(name, numbered(how, gold), Generation(form.format(other), 5, "stop"))
        assert (outcome.score, outcome.label) == ((1.0, "right") if other == gold else (0.0, "wrong")), other
    outcome = judged(name, numbered(how, gold), Generation(form.format(gold), 5, "length"))
    counts = how.stated is None or form in how.stated
    assert (outcome.score, outcome.label) == ((1.0, "right") if counts else (0.0, "truncated"))
    outcome = judged(name, numbered(how, gold), Generation("none", 5, "stop"))
    assert (outcome.score, outcome.label) == (0.0, "not extracted")


@pytest.mark.parametrize("name", [name for how in WRITTEN[:3] for name in how.tasks])
@given(gold=NUMBERS, said=NUMBERS, form=st.sampled_from([SAID[2], *SAID[4:6]]))
def test_only_a_stated_number_is_strict(name, gold, said, form):
    """Beside the score: the last number of prose is no stated one, though it may be right."""
    how = next(how for how in WRITTEN if name in how.tasks)
    loose = judged(name, numbered(how, gold), Generation(form.format(gold), 5, "stop"))
    assert (loose.score, loose.extra["strict"]) == (1.0, 0.0)
    begun = "{}" if name == "gsm8k_number" else "#### {}"
    for other in (gold, said):
        strict = judged(name, numbered(how, gold), Generation(begun.format(other), 5, "stop"))
        assert strict.extra["strict"] == float(other == gold)


@pytest.mark.parametrize("name", of("choice", but=DIGITS))
@given(values=st.permutations([-1.0, -2.0, -3.0, -4.0]), gold=st.integers(0, 3), result=st.integers(0, 10**4))
def test_a_choice_is_right_when_the_gold_option_is_the_likeliest(name, values, gold, result):
    """By the sum of its log-probabilities; its length matters beside the score only."""
    item = {
        "choices": CHOICES,
        "answerKey": "ABCD"[gold],
        "question": "?",
        "answer": f"1 + 1 = {result} . #### {result}",
    }
    item |= {"completion": f" {result}", "context": "Q:"}
    if name in (*WORKED, *BARE):
        _, gold = both_ways.options_of(f"{result}" if name in BARE else item["answer"], result, "i")
    outcome = judged(name, item, *(LogLikelihood(value, is_greedy=False) for value in values))
    right = values.index(-1.0) == gold
    assert (outcome.score, outcome.label) == (float(right), "right" if right else "wrong")
    if outcome.extra:
        assert outcome.response == CHOICES["text"][values.index(-1.0)]
        each = [value / len(text) for value, text in zip(values, CHOICES["text"], strict=True)]
        assert outcome.extra == {"acc_norm": float(each.index(max(each)) == gold)}


@pytest.mark.parametrize("name", of("letter"))
@given(gold=st.sampled_from("ABCD"), said=st.sampled_from("ABCD"), form=st.sampled_from([
    "{}", "({})", " {}.\n", "**{}**", "The answer is {}.", "Answer: {}", r"\boxed{{{}}}", r"it is $\boxed{{{}}}$",
]))  # fmt: skip
def test_a_letter_is_right_when_it_is_the_gold_one(name, gold, said, form):
    """Any other is wrong; a word and nothing are no letters."""
    item = {"choices": CHOICES, "answerKey": gold, "question": "?"}
    outcome = judged(name, item, Generation(form.format(said), 3, "stop"))
    assert (outcome.score, outcome.label) == ((1.0, "right") if said == gold else (0.0, "wrong"))
    for text in ("", "none of them", gold.lower() + "n", f"x{gold}x"):
        outcome = judged(name, item, Generation(text, 3, "stop"))
        assert (outcome.score, outcome.label) == (0.0, "not extracted")


@pytest.mark.parametrize(("name", "last"), [("arc_easy_generated", False), ("arc_easy_chain", True)])
def test_of_several_letters_the_first_of_a_short_answer_and_the_last_of_a_chain_count(name, last):
    """Whoever answers at once says it first."""
    for gold in "BC":
        outcome = judged(name, {"choices": CHOICES, "answerKey": gold}, Generation("B, or is it C", 5, "stop"))
        assert outcome.score == float((gold == "C") == last)


@pytest.mark.parametrize("name", of("value"))
@given(gold=st.sampled_from(CHOICES["text"]), said=st.sampled_from(CHOICES["text"]), form=st.sampled_from(
    ["{}", " {} .", "{} and more", "{},", '"{}"']
), upper=st.booleans())  # fmt: skip
def test_a_value_is_right_when_the_answer_begins_with_it(name, gold, said, form, upper):
    """Case, spaces and punctuation aside; not where it comes later, or half of it."""
    item = {"choices": CHOICES, "answerKey": "ABCD"[CHOICES["text"].index(gold)], "links": ["a", "b {}"],
            "answers": ["x", gold]}  # fmt: skip
    before = [Generation("x", 1, "stop")] if name in CHAINS else []
    text = form.format(said.upper() if upper else said)
    outcome = judged(name, item, *before, Generation(text, 3, "stop"))
    assert (outcome.score, outcome.label) == ((1.0, "right") if said == gold else (0.0, "wrong"))
    for other in (f"the {gold}", gold[:-1], "", f"{gold}s"):
        assert judged(name, item, *before, Generation(other, 3, "stop")).score == 0.0


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_is_strict_when_every_sentence_is_true(name):
    """Beside the score, which is the last sentence's."""
    item = {"choices": CHOICES, "answerKey": "A", "links": ["a", "b {}"], "answers": ["x", "red"]}
    for first in ("x", "y"):
        outcome = judged(name, item, Generation(first, 1, "stop"), Generation("red", 1, "stop"))
        assert (outcome.score, outcome.extra["strict"]) == (1.0, float(first == "x"))


@pytest.mark.parametrize("name", DIGITS)
@given(gold=NUMBERS, best=st.integers(0, 9))
def test_the_first_digit_is_right_when_it_is_the_likeliest(name, gold, best):
    """The sign aside."""
    answer = NextToken(tuple(-1.0 if digit == best else -2.0 for digit in range(10)))
    outcome = judged(name, {"completion": f" {gold}", "context": "Q:"}, answer)
    right = str(abs(gold))[0] == str(best)
    assert (outcome.score, outcome.label, outcome.response) == (float(right), "right" if right else "wrong", str(best))
    assert outcome.extra["log_probability"] == (-1.0 if right else -2.0)


@given(greedy=st.booleans(), value=st.floats(-9, 0))
def test_the_right_answer_is_right_when_every_token_is_the_first_choice(greedy, value):
    """However likely it is."""
    outcome = judged(
        "arithmetic_answer", {"completion": " 34", "context": "Q:"}, LogLikelihood(value, is_greedy=greedy)
    )
    assert (outcome.score, outcome.label) == (float(greedy), "right" if greedy else "wrong")
    assert outcome.extra == {"log_probability": value}


@pytest.mark.parametrize("name", of("brackets"))
@given(gold=st.lists(st.sampled_from("([{)]}"), min_size=1, max_size=6), data=st.data())
def test_brackets_are_right_when_all_are_the_gold_ones(name, gold, data):
    """Spaces aside; none missing, none more, none of another kind."""
    item = {"target": " ".join(gold)}
    assert judged(name, item, Generation(f" {'  '.join(gold)}\n", 3, "stop")).score == 1.0
    place = data.draw(st.integers(0, len(gold) - 1))
    other = data.draw(st.sampled_from([each for each in "([{)]}" if each != gold[place]]))
    for said in (gold[:-1], [*gold, ")"], [*gold[:place], other, *gold[place + 1 :]]):
        outcome = judged(name, item, Generation(" ".join(said), 3, "stop"))
        assert (outcome.score, outcome.label) == (0.0, "wrong")


@pytest.mark.parametrize("name", of("summary"))
@settings(max_examples=25)
@given(gold=st.lists(st.sampled_from(["river", "town", "flood", "old"]), min_size=4, max_size=8))
def test_a_summary_scores_what_it_has_in_common_with_the_gold_one(name, gold):
    """All words 1, case aside; none 0; one word fewer less than 1; a loop is none in XSUM and says so everywhere."""
    item = {"summary": " ".join(gold)}

    def outcome(text, finish="stop"):
        return judged(name, item, Generation(text, 3, finish))

    assert outcome(" ".join(gold)).score == outcome(" ".join(gold).upper()).score == 1.0
    assert outcome(" ".join(gold[1:])).score == pytest.approx(2 * (len(gold) - 1) / (2 * len(gold) - 1))
    assert outcome("cats sleep").score == outcome("").score == 0.0
    assert outcome(" ".join(gold), "loop").label == "loop"
    assert outcome(" ".join(gold), "loop").score == float(name == "headlines")
