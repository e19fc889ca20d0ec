"""How much of an answer is this device's numerics: the same batch twice, one item at a time, another dtype."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.selfcheck.workload import OPTIONS, questions

if TYPE_CHECKING:
    from harness.selfcheck.speeds import SizedModel

ITEMS = 60
"""Of each task of the tiny model."""
FEW = 40
"""Questions that are asked twice, at most."""


@dataclass(frozen=True)
class Repeated:
    """The same questions, asked twice."""

    model: str
    how: str
    answers: int
    different: int
    """Answers of which any bit differs."""
    largest: float
    """Largest difference of a log-likelihood, in nats."""
    chosen: int
    """Questions of which another option is the most likely."""
    questions: int


def asked_twice(sized: "SizedModel") -> list[Repeated]:
    """Multiple-choice questions in the same batches again, and one at a time."""
    asked = questions(sized.tokenizer, sized.sizes.scoring, batches=1, seed=3)
    few = asked.requests[: OPTIONS * FEW]

    def values(one: "SizedModel") -> list[float]:
        return [answer.value for answer in one.scorer().log_likelihoods(few)]

    first = values(sized)
    ways = {
        "the same batch": values(sized),
        "one question at a time": values(replace(sized, sizes=replace(sized.sizes, scoring=1))),
    }
    return [compared(sized.name, how, first, other) for how, other in ways.items()]


def compared(model: str, how: str, first: list[float], other: list[float], options: int = OPTIONS) -> Repeated:
    """Compare log-likelihoods of questions with so many options each. Pure."""
    apart = [abs(a - b) for a, b in zip(first, other, strict=True)]
    starts = range(0, len(first), options)
    best = [
        tuple(
            max(range(len(part)), key=part.__getitem__) for part in (first[at : at + options], other[at : at + options])
        )
        for at in starts
    ]
    changed = sum(a != b for a, b in best)
    return Repeated(
        model, how, len(apart), sum(gap > 0 for gap in apart), max(apart, default=0.0), changed, len(starts)
    )


def tiny_flips() -> Mapping[str, Mapping[str, float]]:
    """Shares of the tiny model's items whose score differs one at a time and in bfloat16, by task."""
    from harness.models.load import load_model
    from harness.subject import Subject
    from harness.subject.beside import flip_rates
    from harness.tasks.source import Bundled
    from harness.tasks.suite import tasks_of

    subject = Subject(load_model("tiny"), "tiny", Bundled(), ITEMS, None)
    tasks = tasks_of("tiny")
    return flip_rates(subject, subject.evaluate(subject.whole, tasks))
