"""The same items at the other depth: what is asked, and which written answers are right."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.score.scorer import Scorer
from harness.tasks import chains, depths, gsm8k
from harness.tasks.source import Bundled
from harness.tasks.suite import TASKS, evaluate
from harness.text.requests import Generation, GenerationRequest

OPTIONS = {"text": ["red", "a blue one", "green", "I see"], "label": list("ABCD")}
LETTERS = {"id": "a", "question": "What is it?", "choices": OPTIONS, "answerKey": "B"}
NUMBERS = {"id": "g", "question": "How many dozens?", "answer": "6 + 6 = 12\n#### 12"}


def judged(task, item, *texts, finish="stop"):
    """The outcome of an item's generated answers."""
    return task.judge(item, [Generation(text, 3, finish) for text in texts])


@pytest.mark.parametrize(
    ("text", "label", "strict"),
    [
        (r"Sky. So \boxed{B}", "right", 1),
        (r"\boxed{\text{B}}", "right", 1),
        (r"$$\boxed{b}$$", "right", 1),
        (r"\boxed{(B) a blue one}", "right", 1),
        (r"\boxed{A blue one}", "right", 1),
        (r"\boxed{letter} as asked. The answer is B.", "right", 1),
        (r"\boxed{A}, no: \boxed{B}", "right", 1),
        ("A is red. The correct answer is **B**.", "right", 1),
        ("Answer: option (B)", "right", 1),
        ("The answer is: \n\nB. a blue one", "right", 1),
        ("The answer is A boat, so B", "right", 0),
        ("It cannot be A. So it is B", "right", 0),
        ("B is a good guess", "right", 0),
        (r"B. So \boxed{C}", "wrong", 0),
        ("The answer is C, not B.", "wrong", 0),
        ("Not A, not C: D", "wrong", 0),
        ("a blue one", "not extracted", 0),
        ("BAD", "not extracted", 0),
        ("", "not extracted", 0),
    ],
)
def test_the_letter_after_a_chain(text, label, strict):
    """What the box states, or the words; without either the last letter, which the strict score leaves out."""
    outcome = judged(depths.ARC_EASY_CHAIN, LETTERS, text)
    assert (outcome.label, outcome.score, outcome.extra["strict"]) == (label, float(label == "right"), strict)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (r"So \boxed{B}. And then", "right"),
        (r"So \boxed{C}. And then", "truncated"),
        ("It may be A, it may be B", "truncated"),
        (r"\boxed{", "truncated"),
    ],
)
def test_a_chain_that_was_cut_counts_by_what_it_states(text, label):
    """As GSM8K's: the last letter of an unfinished thought is no answer."""
    assert judged(depths.ARC_EASY_CHAIN, LETTERS, text, finish="length").label == label


@settings(max_examples=50)
@given(st.text(max_size=60), st.sampled_from(["stop", "length", "loop"]))
def test_any_text_is_judged(text, finish):
    """Right only where the text holds the letter or the option's words; a stated answer is among the options."""
    outcome = judged(depths.ARC_EASY_CHAIN, LETTERS, text, finish=finish)
    assert outcome.label in ("right", "wrong", "not extracted", "truncated", "loop")
    assert depths.stated_option(text, LETTERS) in (None, *"ABCD")
    if outcome.label == "right":
        assert "b" in text.lower()


@given(st.sampled_from("ABCD"), st.sampled_from(["so {}", r"\boxed{{{}}}", "The answer is {}."]))
def test_what_is_stated_is_what_is_judged(letter, layout):
    """The extractor of votes and draws agrees with the judge."""
    text = layout.format(letter)
    assert depths.final_option(text) == letter
    assert judged(depths.ARC_EASY_CHAIN, LETTERS, text).score == float(letter == "B")


def test_knowledge_is_asked_for_a_chain_as_reasoning_is():
    """One instruction but for the letter, and one limit on new tokens."""
    (knowledge,), (reasoning,) = depths.ARC_EASY_CHAIN.ask(LETTERS), gsm8k.ask(NUMBERS)
    assert knowledge.prompt == (
        "Please reason step by step, and put the letter of your final answer within \\boxed{}.\n\n"
        "What is it?\nA. red\nB. a blue one\nC. green\nD. I see"
    )
    assert knowledge.prompt.split("\n\n")[0].replace("the letter of ", "") == reasoning.prompt.split("\n\n")[0]
    assert (knowledge.max_new_tokens, knowledge.chat) == (reasoning.max_new_tokens, reasoning.chat)


def test_reasoning_is_asked_for_a_number_as_knowledge_is_for_a_letter():
    """One instruction but for the word, and one limit on new tokens."""
    (reasoning,), (knowledge,) = depths.GSM8K_NUMBER.ask(NUMBERS), TASKS["arc_easy_generated"].ask(LETTERS)
    assert reasoning.prompt == "How many dozens?\nAnswer with the number only."
    assert knowledge.prompt.endswith("\nAnswer with the letter only.")
    assert reasoning.max_new_tokens == knowledge.max_new_tokens


@pytest.mark.parametrize(
    ("text", "finish", "label", "strict"),
    [
        ("12", "stop", "right", 1),
        ("**12.00** eggs", "stop", "right", 1),
        ("12 eggs and 3 more", "stop", "right", 1),
        ("12", "length", "right", 1),
        ("6 + 6 = 12", "stop", "right", 1),
        ("The answer is 12.", "stop", "right", 0),
        (r"\boxed{12}", "length", "right", 1),
        (r"\boxed{12 dozen}", "stop", "right", 1),
        ("12 dozen", "stop", "right", 1),
        ("12. Add both, that", "length", "truncated", 0),
        ("1. Add both: 12", "stop", "right", 0),
        ("13", "stop", "wrong", 0),
        ("13, or 12", "stop", "wrong", 0),
        ("The number is 12, 6 and", "length", "truncated", 0),
        ("twelve", "stop", "not extracted", 0),
        ("", "stop", "not extracted", 0),
    ],
)
def test_the_number_without_a_chain(text, finish, label, strict):
    """The number that an answer begins with; else, beside the strict score, what GSM8K's judge finds."""
    outcome = judged(depths.GSM8K_NUMBER, NUMBERS, text, finish=finish)
    assert (outcome.label, outcome.extra["strict"]) == (label, strict)
    if label in ("right", "wrong"):
        assert (depths.final_number(text) in (12, 144)) == (label == "right")
    unasked = judged(depths.GSM8K_NUMBER, NUMBERS | {"question": "How many?"}, text, finish=finish)
    assert unasked.score == (label == "right" and "dozen" not in text)


@pytest.mark.parametrize("name", ["calculations", "calculations_chain"])
def test_the_chosen_results_of_a_calculation_are_four(name):
    """One of them right, as an expression's number that is ended by the next question, or worked."""
    item = TASKS[name].load(Bundled(), "test")[0]
    requests = TASKS[f"{name}_choice"].ask(item)
    gold = item["completion"].strip()
    stated = [request.continuation.replace("Question", "").split()[-1] for request in requests]

    assert len(set(stated)) == 4
    assert stated.count(gold) == 1
    assert all(request.continuation.endswith("\nQuestion") == (name == "calculations") for request in requests)


def test_a_chosen_number_is_ended():
    """So that 1 is not chosen for being the beginning of 12; laid out as ARC's choice is."""
    requests = depths.GSM8K_NUMBER_CHOICE.ask(NUMBERS)
    assert {request.context for request in requests} == {"Question: How many dozens?\nAnswer:"}
    assert [request.continuation for request in requests].count(" 12.") == 1
    assert all(request.continuation.endswith(".") for request in requests)


def test_the_tiny_model_can_do_every_form(tiny):
    """None of its cells is at the floor, so that each can show a loss."""
    names = [task.name for task in (*chains.TASKS, *depths.TASKS) if not task.name.startswith(("arc", "gsm8k"))]
    found = evaluate(names, Scorer(tiny.model, tiny.tokenizer), Bundled(), 25, 0)

    assert len(names) == 8
    assert min(result.mean for result in found.values()) > 0.85


def test_the_tiny_model_needs_steps_for_its_word_problems(tiny):
    """Asked for the number after `####` at once, it has next to none right: docs/tiny-tier.md."""
    items = TASKS["word_problems"].load(Bundled(), "test")[:60]
    requests = [GenerationRequest(f"<user> {item['question']} <end><assistant> ####", 4, chat=False) for item in items]
    answers = Scorer(tiny.model, tiny.tokenizer).generations(requests)
    right = [
        answer.text.split()[:1] == [item["answer"].split()[-1]] for item, answer in zip(items, answers, strict=True)
    ]

    assert sum(right) / len(right) < 0.1


def test_forms_of_one_benchmark_ask_the_same_items(tiny):
    """Under a limit, too: content and depth are then told apart on equal questions."""
    scorer = Scorer(tiny.model, tiny.tokenizer)
    forms = {
        "facts": ("facts", "facts_generated", "facts_chain", "facts_chain_choice"),
        "calculations": ("calculations", "calculations_chain", "calculations_choice", "calculations_chain_choice"),
        "word_problems": ("word_problems", "word_problems_choice"),
    }
    for names in forms.values():
        found = evaluate(names, scorer, Bundled(), 3, 0)
        assert len({tuple(o.item_id for o in result.outcomes) for result in found.values()}) == 1
    assert {TASKS[name].subset for name in ("arc_easy_generated", "arc_easy_chain")} == {"arc_easy"}
    assert {TASKS[name].subset for name in ("gsm8k_number", "gsm8k_number_choice", "gsm8k_choice")} == {"gsm8k"}
