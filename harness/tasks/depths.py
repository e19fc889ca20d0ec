r"""The same items at the other depth: knowledge after a written chain, reasoning answered at once.

`both_ways` asks knowledge for one word or letter and reasoning for worked steps, so content and depth go together;
here they are crossed. Nothing else differs: the instructions are GSM8K's ("reason step by step", an answer in
\boxed{}) and ARC's ("answer with the ... only"), the limits on new tokens theirs, and all forms of a benchmark draw
the same items.

- `arc_easy_chain`: as `gsm8k` is asked, the letter in the box; `gsm8k_number`: as `arc_easy_generated` is asked.
- `calculations`, `calculations_chain`: one calculation as an expression and told as a word problem. The tiny model
  cannot answer its word problems without steps (docs/tiny-tier.md), so these are calculations that it can.
- `..._choice`: four results by log-likelihood, after worked steps or alone.

The mini-world's knowledge after a chain is in `chains`.
"""

import re
from collections.abc import Hashable, Sequence
from dataclasses import replace
from fractions import Fraction

from harness.tasks import arithmetic, gsm8k, word_problems
from harness.tasks.both_ways import (
    AFTER_ARTICLE,
    ARC_READS,
    LABELS,
    OPTIONS,
    SHORT_ANSWER,
    choice_of_results,
    first_words,
    gsm8k_whole,
    lettered,
    load_arc,
    named_option,
    worked_problem,
)
from harness.tasks.mini_choice import mini_world
from harness.tasks.notation import plain
from harness.tasks.numbers import leading_number, value_of
from harness.tasks.outcome import Outcome
from harness.tasks.source import NO_FILES
from harness.tasks.task import Item, Requests, Task, generated, unfinished
from harness.text.requests import Answer, GenerationRequest, LogLikelihoodRequest

CHAIN_INSTRUCTION = r"Please reason step by step, and put the letter of your final answer within \boxed{}."
_MANY = 100  # words: more than an option has


def stated_option(text: str, item: Item) -> str | None:
    """The label that a text states as its answer: in its last box, else after its last "answer is"."""
    labels, boxed = item["choices"]["label"], gsm8k.last_boxed(text)
    if boxed is not None and (label := _boxed_option(plain(boxed).strip(), item)):
        return label
    said = rf"\b[Aa]nswer\b(?:\s+is\b)?[\W_]{{0,20}}(?:(?i:option|choice|letter)\b[\W_]{{0,20}})?{_alone(labels)}"
    return next(reversed(re.findall(said, plain(text))), None)


def _boxed_option(boxed: str, item: Item) -> str | None:
    """A label, the text of an option, or a label among other words."""
    labels = item["choices"]["label"]
    by_text = {first_words(text, _MANY): label for label, text in zip(labels, item["choices"]["text"], strict=True)}
    by_label = {label.lower(): label for label in labels}
    bare = boxed.strip(" .()*").lower()
    return by_label.get(bare) or by_text.get(first_words(boxed, _MANY)) or named_option(boxed, labels)


def _alone(labels: Sequence[str]) -> str:
    return rf"({'|'.join(map(re.escape, labels))})\b(?!{AFTER_ARTICLE})"


def last_option(text: str, labels: Sequence[str]) -> str | None:
    """The last label that stands alone in a text and is no article."""
    return next(reversed(re.findall(rf"\b{_alone(labels)}", text)), None)


def final_option(text: str) -> Hashable | None:
    """The option that a response names in the end, whatever its item's options are; None where it names none."""
    anything = {"choices": {"label": LABELS, "text": [""] * len(LABELS)}}
    return stated_option(text, anything) or last_option(text, LABELS)


def _ask_letter_chain(item: Item) -> list[Requests]:
    return [GenerationRequest(f"{CHAIN_INSTRUCTION}\n\n{lettered(item)}", gsm8k.MAX_NEW_TOKENS)]


def _judge_letter_chain(item: Item, answers: Sequence[Answer]) -> Outcome:
    """The stated letter; where a finished answer states none, its last. Beside it, counting stated ones only."""
    answer = generated(answers)
    stated, cut = stated_option(answer.text, item), unfinished(answer)
    found = stated or (None if cut else last_option(answer.text, item["choices"]["label"]))
    right = found == item["answerKey"]
    label = "right" if right else cut or ("wrong" if found else "not extracted")
    strict = float(stated == item["answerKey"])
    return Outcome(item["id"], float(right), label, answer.text, {"strict": strict})


def _ask_number(item: Item) -> list[Requests]:
    return [GenerationRequest(f"{item['question']}\nAnswer with the number only.", SHORT_ANSWER)]


def first_number(text: str) -> Fraction | None:
    """The number that a text begins with, unless that numbers the steps of a chain: `1. Add both`."""
    return None if re.match(r"\s*\**\d+[.)]\**\s+\S", text) else leading_number(text)


def _judge_number(item: Item, answers: Sequence[Answer]) -> Outcome:
    """The number that an answer begins with, else what GSM8K's judge finds. Beside it, counting the first only."""
    answer = generated(answers)
    gold, cut, first = gsm8k.gold_answer(item["answer"]), unfinished(answer), first_number(answer.text)
    found = gsm8k.extract_strict(answer.text) if cut else gsm8k.extract_flexible(answer.text)
    units, written = gsm8k.asked_units(item["question"]), found if first is None else answer.text
    right = first == value_of(gold) or (written is not None and gsm8k.is_equal(written, gold, units))
    stated = first is not None or value_of(found) is not None
    label = "right" if right else cut or ("wrong" if stated else "not extracted")
    strict = float(right and first is not None)
    return Outcome(item["id"], float(right), label, answer.text, {"strict": strict})


def final_number(text: str) -> Hashable | None:
    """The number that a response begins with, else what it answers in the end."""
    first = first_number(text)
    return gsm8k.final(text) if first is None else first


def _expression(item: Item) -> tuple[str, str, int]:
    return arithmetic.few_shot(item["context"]), item["completion"].strip(), int(item["completion"])


def _before_next_question(question: str, option: str) -> LogLikelihoodRequest:
    """A number is whole where the next question begins: else 1 would be part of 18."""
    return LogLikelihoodRequest(question, f" {option}\nQuestion")


def _gsm8k_number(item: Item) -> tuple[str, str, int]:
    gold = gsm8k.gold_answer(item["answer"])
    return item["question"], gold, int(gold)


def _after_question(question: str, option: str) -> LogLikelihoodRequest:
    """As lm-eval lays ARC out, with a full stop that ends the number."""
    return LogLikelihoodRequest(f"Question: {question}\nAnswer:", f" {option}.")


ARC_EASY_CHAIN = Task(
    "arc_easy_chain", "letter", 1 / OPTIONS, load_arc, _ask_letter_chain, _judge_letter_chain, ARC_READS, final_option,
    subset="arc_easy",
)  # fmt: skip
GSM8K_NUMBER = Task(
    "gsm8k_number", "number", 0.0, gsm8k.load, _ask_number, _judge_number, gsm8k.READS, final_number, subset="gsm8k"
)
GSM8K_NUMBER_CHOICE = choice_of_results(
    "gsm8k_number_choice", gsm8k_whole, _gsm8k_number, "gsm8k", gsm8k.READS, _after_question
)
_CALCULATIONS = mini_world("calculations")
CALCULATIONS, CALCULATIONS_CHAIN = (
    replace(form, name=name, load=_CALCULATIONS, reads=NO_FILES, subset="calculations")
    for name, form in (("calculations", arithmetic.ARITHMETIC), ("calculations_chain", word_problems.WORD_PROBLEMS))
)
CALCULATIONS_CHOICE = choice_of_results(
    "calculations_choice", _CALCULATIONS, _expression, "calculations", request=_before_next_question
)
CALCULATIONS_CHAIN_CHOICE = choice_of_results(
    "calculations_chain_choice", _CALCULATIONS, worked_problem, "calculations"
)
TASKS = (
    ARC_EASY_CHAIN, GSM8K_NUMBER, GSM8K_NUMBER_CHOICE, CALCULATIONS, CALCULATIONS_CHAIN, CALCULATIONS_CHOICE,
    CALCULATIONS_CHAIN_CHOICE,
)  # fmt: skip
