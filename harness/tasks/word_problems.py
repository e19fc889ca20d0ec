"""The mini-world's word problems, laid out and judged like GSM8K: the number after `####`, else the last number.

Example: {"question": "finn has 23 stamps . finn loses 3 stamps . how many stamps does finn have ?",
"answer": "23 - 3 = 20 . #### 20"}
"""

from collections.abc import Sequence
from fractions import Fraction

from harness.tasks.mini_choice import mini_world
from harness.tasks.numbers import hashed_numbers, last_number, value_of
from harness.tasks.outcome import Outcome
from harness.tasks.task import Item, Requests, Task, generated, unfinished
from harness.text.requests import Answer, GenerationRequest

MAX_NEW_TOKENS = 96  # the longest gold answer has 66


def strict(text: str) -> Fraction | None:
    """The number after the first `####`."""
    return value_of(next(iter(hashed_numbers(text)), None))


def flexible(text: str) -> Fraction | None:
    """The number after `####`, where something stands there, else the last number of the text."""
    stated = hashed_numbers(text)
    return value_of(stated[0] if stated else last_number(text))


def ask(item: Item) -> list[Requests]:
    """The question as a user turn."""
    return [GenerationRequest(item["question"], MAX_NEW_TOKENS)]


def judge(item: Item, answers: Sequence[Answer]) -> Outcome:
    """Exact match of the final number."""
    answer = generated(answers)
    gold, found = strict(item["answer"]), flexible(answer.text)
    right = found == gold and answer.finish == "stop"
    label = unfinished(answer) or ("not extracted" if found is None else "right" if right else "wrong")
    return Outcome(item["id"], float(right), label, answer.text, {"strict": float(strict(answer.text) == gold)})


WORD_PROBLEMS = Task("word_problems", "number", 0.0, mini_world("word_problems"), ask, judge, states=flexible)
