"""The same items asked in two forms, so that answer format and chance level can be told from ability.

Reasoning items (word problems, GSM8K) are also asked as a choice of four worked answers that differ in their result;
knowledge items (facts, kinds, ARC) are also asked as free generation. The paper compares knowledge asked as a choice
with reasoning asked as generation, which confounds the three.
"""

import random
import re
from collections.abc import Callable, Sequence

from harness.tasks import gsm8k, word_problems
from harness.tasks.layouts import rows_of
from harness.tasks.mini_choice import mini_world
from harness.tasks.outcome import Outcome
from harness.tasks.source import NO_FILES, Files, Source
from harness.tasks.task import Item, Requests, Split, Task, generated, most_likely, require_test, unfinished
from harness.text.requests import Answer, GenerationRequest, LogLikelihoodRequest

ARC_READS = Files(("classification/arc_easy_test.jsonl.gz",))
OPTIONS = 4
LABELS = tuple("ABCDE")  # the most that an item of ARC has
AFTER_ARTICLE = r"(?<=\bA)\s+(?!is\b|was\b|because\b|and\b|or\b|seems\b)[a-z]"
"""Follows the word "A" where that is an article and no option."""
SHORT_ANSWER = 8  # new tokens; the mini-world's values are one word, ARC's a letter


def other_results(result: int, seed: str, count: int = OPTIONS - 1) -> list[int]:
    """Wrong results near the right one: never negative unless it is, never equal, in a seeded order."""
    near = [result + step for step in (-10, -3, -2, -1, 1, 2, 3, 10, 20)]
    allowed = [value for value in near if value != result and (value >= 0 or result < 0)]
    return random.Random(seed).sample(allowed, count)  # noqa: S311  # a seeded choice, not a secret


def with_result(text: str, result: int, other: int) -> str:
    """A worked answer with every mention of its final result replaced, in the last calculation and after it.

    A mention is the whole number, with thousands commas or without: not the 18 of 18.5 or of 1,018.
    """
    place = text.rfind("=")
    head, tail = (text[:place], text[place:]) if place >= 0 else ("", text)
    mentioned = rf"(?<![\d.,])(?:{result:,}|{result})(?!\d|[.,]\d)"
    return head + re.sub(mentioned, lambda found: f"{other:,}" if "," in found[0] else str(other), tail)


def options_of(text: str, result: int, seed: str) -> tuple[list[str], int]:
    """Four worked answers in a seeded order, and the index of the right one."""
    options = [text, *(with_result(text, result, other) for other in other_results(result, seed))]
    order = random.Random(f"{seed} order").sample(range(OPTIONS), OPTIONS)  # noqa: S311
    return [options[index] for index in order], order.index(0)


def _as_a_turn(question: str, option: str) -> LogLikelihoodRequest:
    return LogLikelihoodRequest(question, option, chat=True)


def choice_of_results(
    name: str,
    load: Callable[[Source, Split], list[Item]],
    parts: Callable[[Item], tuple[str, str, int]],
    subset: str,
    reads: Files = NO_FILES,
    request: Callable[[str, str], LogLikelihoodRequest] = _as_a_turn,
) -> Task:
    """A choice between an answer and three that state other results.

    Args:
        name: of the task.
        load: its items.
        parts: of an item, the question, an answer, and the whole number that it states.
        subset: the benchmark whose other forms ask the same items.
        reads: the files that it comes from.
        request: of the question and one option.
    """

    def ask(item: Item) -> list[Requests]:
        question, text, result = parts(item)
        return [request(question, option) for option in options_of(text, result, item["id"])[0]]

    def judge(item: Item, answers: Sequence[Answer]) -> Outcome:
        _, text, result = parts(item)
        options, gold = options_of(text, result, item["id"])
        choice = most_likely(answers, [1.0] * OPTIONS)
        right = choice == gold
        return Outcome(item["id"], float(right), "right" if right else "wrong", options[choice])

    return Task(name, "choice", 1 / OPTIONS, load, ask, judge, reads, subset=subset)


def worked_problem(item: Item) -> tuple[str, str, int]:
    """Question, worked answer and result of a word problem."""
    result = word_problems.strict(item["answer"])
    assert result is not None
    return item["question"], item["answer"], int(result)


def _gsm8k(item: Item) -> tuple[str, str, int]:
    text = re.sub(r"<<[^>]*>>", "", item["answer"])
    return item["question"], text, int(gsm8k.gold_answer(text))


def gsm8k_whole(source: Source, split: Split) -> list[Item]:
    """GSM8K items whose result is a whole number, which all but a few are."""
    items = gsm8k.load(source, split)
    return [item for item in items if re.fullmatch(r"-?\d+", gsm8k.gold_answer(item["answer"]))]


def first_words(text: str, count: int) -> str:
    """The first `count` words in lower case, punctuation and spaces aside."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower())[:count])


def begins_with(text: str, words: str) -> bool:
    """Whether a text begins with these words, case and punctuation aside."""
    return first_words(text, len(words.split())) == first_words(words, len(words.split()))


def first_word(text: str) -> str | None:
    """The value that a statement ends with."""
    return first_words(text, 1) or None


def gold_option(item: Item) -> str:
    """The text of the right option."""
    text: str = item["choices"]["text"][item["choices"]["label"].index(item["answerKey"])]
    return text


def _ask_value(item: Item) -> list[Requests]:
    return [GenerationRequest(item["question"], SHORT_ANSWER, chat=False, stop=(".",))]


def _judge_value(item: Item, answers: Sequence[Answer]) -> Outcome:
    """Exact match of the value that the statement ends with."""
    answer = generated(answers)
    right = begins_with(answer.text, gold_option(item))
    label = "right" if right else unfinished(answer) or "wrong"
    return Outcome(item["id"], float(right), label, answer.text)


def load_arc(source: Source, split: Split) -> list[Item]:
    """ARC-Easy's test split, its items named as the choices that lm-eval asks are.

    Raises:
        BadInput: another split is asked for, or the rows cannot be had.
    """
    require_test("ARC-Easy, asked for generated answers,", split)
    rows = rows_of(source, ARC_READS.names[0], "test", "ARC-Easy")
    return [row | {"id": f"arc_easy|{index}"} for index, row in enumerate(rows)]


def lettered(item: Item) -> str:
    """A question and its options, a line each."""
    choices = zip(item["choices"]["label"], item["choices"]["text"], strict=True)
    return "\n".join([item["question"], *(f"{label}. {text}" for label, text in choices)])


def _ask_letter(item: Item) -> list[Requests]:
    return [GenerationRequest(f"{lettered(item)}\nAnswer with the letter only.", SHORT_ANSWER)]


def named_option(text: str, labels: Sequence[str]) -> str | None:
    """The first label that stands alone in a text; one that may be the article "A" only where no other does."""
    found: list[str] = re.findall(rf"\b({'|'.join(map(re.escape, labels))})\b(?!{AFTER_ARTICLE})", text)
    return found[0] if found else next(iter(re.findall(rf"\b({'|'.join(map(re.escape, labels))})\b", text)), None)


def first_letter(text: str) -> str | None:
    """The option that a response names, whatever its item's options are."""
    return named_option(text, LABELS)


def _judge_letter(item: Item, answers: Sequence[Answer]) -> Outcome:
    """The first letter that stands alone and is an option."""
    answer = generated(answers)
    found = named_option(answer.text, item["choices"]["label"])
    right = found == item["answerKey"]
    label = "right" if right else "wrong" if found else unfinished(answer) or "not extracted"
    return Outcome(item["id"], float(right), label, answer.text)


WORD_PROBLEMS_CHOICE = choice_of_results(
    "word_problems_choice", mini_world("word_problems"), worked_problem, "word_problems"
)
GSM8K_CHOICE = choice_of_results("gsm8k_choice", gsm8k_whole, _gsm8k, "gsm8k", gsm8k.READS)
FACTS_GENERATED, KINDS_GENERATED = (
    Task(f"{name}_generated", "value", 0.0, mini_world(name), _ask_value, _judge_value, states=first_word, subset=name)
    for name in ("facts", "kinds")
)
ARC_EASY_GENERATED = Task(
    "arc_easy_generated", "letter", 1 / OPTIONS, load_arc, _ask_letter, _judge_letter, ARC_READS, first_letter,
    subset="arc_easy",
)  # fmt: skip
