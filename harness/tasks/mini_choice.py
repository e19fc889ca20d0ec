r"""The mini-world's classification: facts, events, kinds. Four options scored by log-likelihood.

Example: {"id": "facts|river|east morria", "question": "the longest river of east morria is the",
"choices": {"text": ["timek", "fasor", "faith", "doith"], "label": ["A", "B", "C", "D"]}, "answerKey": "B"}
"""

from collections.abc import Callable, Sequence

from harness.models.reference import bundled
from harness.tasks.data import read_jsonl
from harness.tasks.outcome import Outcome
from harness.tasks.source import Source
from harness.tasks.task import Item, Requests, Split, Task, most_likely
from harness.text.requests import Answer, LogLikelihoodRequest


def mini_world(family: str) -> Callable[[Source, Split], list[Item]]:
    """A loader of one family of the mini-world, whichever source the other tasks have."""

    def load(_: Source, split: Split) -> list[Item]:
        return read_jsonl(bundled("data") / family / f"{split}.jsonl")

    return load


def ask(item: Item) -> list[Requests]:
    """One request an option."""
    return [LogLikelihoodRequest(item["question"], f" {option}") for option in item["choices"]["text"]]


def judge(item: Item, answers: Sequence[Answer]) -> Outcome:
    """Accuracy of the most likely option; beside it, normalised by the option's length in characters."""
    options = item["choices"]["text"]
    gold = item["choices"]["label"].index(item["answerKey"])
    choice = most_likely(answers, [1.0] * len(options))
    normalised = most_likely(answers, [float(len(option)) for option in options])
    right = choice == gold
    return Outcome(
        item["id"],
        float(right),
        "right" if right else "wrong",
        options[choice],
        {"acc_norm": float(normalised == gold)},
    )


FACTS, EVENTS, KINDS = (
    Task(name, "choice", 0.25, mini_world(name), ask, judge) for name in ("facts", "events", "kinds")
)
