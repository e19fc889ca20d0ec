"""The same items asked in two forms, so that answer format and chance level can be told from ability.

Reasoning items (word problems, GSM8K) are also asked as a choice of four worked answers that differ in their result;
knowledge items (facts, kinds, ARC) are also asked as free generation. The paper compares knowledge asked as a choice
with reasoning asked as generation, which confounds the three (`paper-findings.md` section 5, method critique).
"""

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.errors import BadInput
from harness.score.requests import Generation, GenerationRequest, LogLikelihood, LogLikelihoodRequest
from harness.score.store import Answer
from harness.tasks import gsm8k, word_problems
from harness.tasks.layout import rows_of
from harness.tasks.mini_choice import mini_world
from harness.tasks.outcome import Outcome
from harness.tasks.task import Item, Requests, Split, Task, most_likely, unfinished

OPTIONS = 4
_AFTER_ARTICLE = r"(?<=\bA)\s+(?!is\b|was\b|because\b|and\b|or\b|seems\b)[a-z]"
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


def _ask_choice(parts: Callable[[Item], tuple[str, str, int]]) -> Callable[[Item], list[Requests]]:
    def ask(item: Item) -> list[Requests]:
        question, text, result = parts(item)
        return [LogLikelihoodRequest(question, option, chat=True) for option in options_of(text, result, item["id"])[0]]

    return ask


def _judge_choice(
    parts: Callable[[Item], tuple[str, str, int]],
) -> Callable[[Sequence[Item], Sequence[Sequence[Answer]]], list[Outcome]]:
    def judge(items: Sequence[Item], answers: Sequence[Sequence[Answer]]) -> list[Outcome]:
        outcomes = []
        for item, given in zip(items, answers, strict=True):
            _, text, result = parts(item)
            options, gold = options_of(text, result, item["id"])
            choice = most_likely([answer for answer in given if isinstance(answer, LogLikelihood)], [1.0] * OPTIONS)
            right = choice == gold
            outcomes.append(Outcome(item["id"], float(right), "right" if right else "wrong", options[choice]))
        return outcomes

    return judge


def _word_problem(item: Item) -> tuple[str, str, int]:
    result = word_problems.strict(item["answer"])
    assert result is not None
    return item["question"], item["answer"], int(result)


def _gsm8k(item: Item) -> tuple[str, str, int]:
    text = re.sub(r"<<[^>]*>>", "", item["answer"])
    return item["question"], text, int(gsm8k.gold_answer(text))


def _gsm8k_whole(data: Path | None, split: Split) -> list[Item]:
    """GSM8K items whose result is a whole number, which all but a few are."""
    items = gsm8k.load(data, split)
    return [item for item in items if re.fullmatch(r"-?\d+", gsm8k.gold_answer(item["answer"]))]


def first_words(text: str, count: int) -> str:
    """The first `count` words in lower case, punctuation and spaces aside."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower())[:count])


def _ask_value(item: Item) -> list[Requests]:
    return [GenerationRequest(item["question"], SHORT_ANSWER, chat=False, stop=(".",))]


def _judge_value(items: Sequence[Item], answers: Sequence[Sequence[Answer]]) -> list[Outcome]:
    """Exact match of the value that the statement ends with."""
    outcomes = []
    for item, (answer,) in zip(items, answers, strict=True):
        assert isinstance(answer, Generation)
        gold = item["choices"]["text"][item["choices"]["label"].index(item["answerKey"])]
        right = first_words(answer.text, len(gold.split())) == first_words(gold, len(gold.split()))
        label = "right" if right else unfinished(answer) or "wrong"
        outcomes.append(Outcome(item["id"], float(right), label, answer.text))
    return outcomes


def _load_arc(data: Path | None, split: Split) -> list[Item]:
    if split != "test":
        raise BadInput(f"arc_easy_generated has no {split} items; use its test split")
    rows = rows_of(data, "classification/arc_easy_test.jsonl.gz", "allenai/ai2_arc", "test", "ARC-Easy")
    return [{"id": f"arc_easy|{index}", **row} for index, row in enumerate(rows)]


def _ask_letter(item: Item) -> list[Requests]:
    choices = zip(item["choices"]["label"], item["choices"]["text"], strict=True)
    options = "\n".join(f"{label}. {text}" for label, text in choices)
    return [GenerationRequest(f"{item['question']}\n{options}\nAnswer with the letter only.", SHORT_ANSWER)]


def named_option(text: str, labels: Sequence[str]) -> str | None:
    """The first label that stands alone in a text; one that may be the article "A" only where no other does."""
    found: list[str] = re.findall(rf"\b({'|'.join(map(re.escape, labels))})\b(?!{_AFTER_ARTICLE})", text)
    return found[0] if found else next(iter(re.findall(rf"\b({'|'.join(map(re.escape, labels))})\b", text)), None)


def _judge_letter(items: Sequence[Item], answers: Sequence[Sequence[Answer]]) -> list[Outcome]:
    """The first letter that stands alone and is an option."""
    outcomes = []
    for item, (answer,) in zip(items, answers, strict=True):
        assert isinstance(answer, Generation)
        found = named_option(answer.text, item["choices"]["label"])
        right = found == item["answerKey"]
        label = "right" if right else "wrong" if found else unfinished(answer) or "not extracted"
        outcomes.append(Outcome(item["id"], float(right), label, answer.text))
    return outcomes


WORD_PROBLEMS_CHOICE = Task(
    "word_problems_choice", "probe", 1 / OPTIONS, mini_world("word_problems"), _ask_choice(_word_problem),
    _judge_choice(_word_problem),
)  # fmt: skip
GSM8K_CHOICE = Task("gsm8k_choice", "probe", 1 / OPTIONS, _gsm8k_whole, _ask_choice(_gsm8k), _judge_choice(_gsm8k))
FACTS_GENERATED, KINDS_GENERATED = (
    Task(f"{name}_generated", "probe", 0.0, mini_world(name), _ask_value, _judge_value) for name in ("facts", "kinds")
)
ARC_EASY_GENERATED = Task("arc_easy_generated", "probe", 1 / OPTIONS, _load_arc, _ask_letter, _judge_letter)
