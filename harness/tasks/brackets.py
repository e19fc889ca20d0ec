"""Closing brackets: complete a prefix of a balanced sequence, exact match.

Example: {"prompt": "close : [ [ ] [ (", "target": ") ] ]"}
"""

from collections.abc import Sequence

from harness.tasks.mini_choice import mini_world
from harness.tasks.outcome import Outcome
from harness.tasks.task import Item, Requests, Task, unfinished
from harness.text.requests import Answer, Generation, GenerationRequest

MAX_NEW_TOKENS = 32  # a gold answer has at most 16


def ask(item: Item) -> list[Requests]:
    """The prefix as a user turn."""
    return [GenerationRequest(item["prompt"], MAX_NEW_TOKENS)]


def judge(items: Sequence[Item], answers: Sequence[Sequence[Answer]]) -> list[Outcome]:
    """Exact match, spaces aside."""
    outcomes = []
    for item, (answer,) in zip(items, answers, strict=True):
        assert isinstance(answer, Generation)
        right = answer.text.split() == item["target"].split()
        label = "right" if right else unfinished(answer) or "wrong"
        outcomes.append(Outcome(item["id"], float(right), label, answer.text))
    return outcomes


BRACKETS = Task("brackets", "probe", 0.0, mini_world("brackets"), ask, judge)
