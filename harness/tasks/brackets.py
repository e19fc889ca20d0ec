"""Closing brackets: complete a prefix of a balanced sequence, exact match.

Example: {"prompt": "close : [ [ ] [ (", "target": ") ] ]"}
"""

from collections.abc import Sequence

from harness.tasks.mini_choice import mini_world
from harness.tasks.outcome import Outcome
from harness.tasks.task import Item, Requests, Task, generated, unfinished
from harness.text.requests import Answer, GenerationRequest

MAX_NEW_TOKENS = 32  # a gold answer has at most 16


def ask(item: Item) -> list[Requests]:
    """The prefix as a user turn."""
    return [GenerationRequest(item["prompt"], MAX_NEW_TOKENS)]


def judge(item: Item, answers: Sequence[Answer]) -> Outcome:
    """Exact match, spaces aside."""
    answer = generated(answers)
    right = answer.text.split() == item["target"].split()
    label = "right" if right else unfinished(answer) or "wrong"
    return Outcome(item["id"], float(right), label, answer.text)


BRACKETS = Task("brackets", "brackets", 0.0, mini_world("brackets"), ask, judge)
