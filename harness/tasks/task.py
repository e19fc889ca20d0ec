"""A benchmark as a value: three functions (load items, ask, judge) and what is known of its answers."""

import hashlib
import json
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from harness.errors import BadInput
from harness.score.sweep import SweepScorer
from harness.tasks.judged import judged_once
from harness.tasks.outcome import Kind, Outcome, TaskResult, require_described, require_enough, require_names
from harness.tasks.source import NO_FILES, Files, Source
from harness.tasks.subset import drawn, seeded_subset
from harness.text.requests import (
    Answer,
    Generation,
    GenerationRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    NextTokenRequest,
    Respondent,
)

Split = Literal["test", "selection", "calibration"]
Item = dict[str, Any]
Requests = LogLikelihoodRequest | NextTokenRequest | GenerationRequest
Judge = Callable[[Item, Sequence[Answer]], Outcome]
JudgeAll = Callable[[Sequence[Item], Sequence[Sequence[Answer]]], list[Outcome]]
States = Callable[[str], Hashable | None]
"""What a response states as its answer, equal for equal answers however they are written; None where it states none."""


def _no_further(_item: Item, _given: Sequence[Answer]) -> list[Requests]:
    return []


@dataclass(frozen=True)
class Task:
    """One benchmark. Every item has an `id`; all requests of a task are of one kind."""

    name: str
    kind: Kind
    chance: float
    """Expected score of guessing, in [0, 1)."""
    load: Callable[[Source, Split], list[Item]]
    """Items of a split; raises `BadInput` where the source has none."""
    ask: Callable[[Item], list[Requests]]
    judge: Judge
    """An item and the answers to its requests, in order."""
    reads: Files = NO_FILES
    """The files of a data folder that its test split comes from."""
    states: States | None = None
    """What votes and comparisons of answers compare; None: they cannot."""
    judge_all: JudgeAll | None = None
    """`judge` for many items at once, where they share a sandbox; None: one by one."""
    check: Callable[[], str] = lambda: ""
    """Raises `BadInput` where answers could not be judged on this machine, before any model is asked; says what of the
    machine judging depends on: how programs are isolated."""
    further: Callable[[Item, Sequence[Answer]], list[Requests]] = _no_further
    """What an item is asked once the answers so far are given, for answers that build on each other; none: no more.

    All answers of an item are judged together. What is asked further must fit the model's input where `ask` does.
    """
    subset: str = ""
    """The name by which a limited number of items is drawn, so that several forms of one benchmark ask the same items;
    "": the task's own."""

    def __post_init__(self) -> None:
        """Refuse what no result could be read by.

        Raises:
            BadInput: the name, the kind or the chance is none.
        """
        require_described(self.name, self.kind, self.chance)


def run_task(
    task: Task, scorer: Respondent, source: Source, limit: int | None, seed: int, split: Split = "test"
) -> TaskResult:
    """Ask a model a task: all items, or a seeded random subset of `limit` items.

    Items that do not fit the model's input are left out before anything is asked. Variants of a model have its
    tokenizer and its input, so all of them leave out the same.

    Raises:
        BadInput: the task has no items, or two of one name: results are paired by name; or too few of them fit.
    """
    chosen = task.load(source, split)
    if not chosen:
        raise BadInput(f"task {task.name} has no items; expected at least 1: see docs/data.md")
    names = [str(item["id"]) for item in chosen]
    require_names(task.name, names)
    order = tuple(names[index] for index in drawn(len(names), limit, seed, task.subset or task.name))
    chosen = [chosen[index] for index in seeded_subset(names, limit, seed, task.subset or task.name)]
    items, asked, left_out = _fitting(chosen, [task.ask(item) for item in chosen], scorer)
    require_enough(task.name, len(items), len(left_out), scorer.room)
    per_item = _answered(task, items, asked, scorer)
    found = judged_once(task, items, per_item, scorer.folder)
    outcomes = [_ended(outcome, given) for outcome, given in zip(found, per_item, strict=True)]
    order = tuple(name for name in order if name not in {*left_out})
    return TaskResult(task.name, task.kind, task.chance, tuple(outcomes), left_out, scorer.room, _content(items), order)


def alone(judge_all: JudgeAll) -> Judge:
    """The judge of one item, of one that takes many."""
    return lambda item, answers: judge_all([item], [answers])[0]


def require_test(name: str, split: Split) -> None:
    """Refuse another split of items that are all for testing: what is chosen or calibrated on them is tested on them.

    Raises:
        BadInput: another one is asked for.
    """
    if split != "test":
        raise BadInput(f"{name} has no {split} items: all of its items are for testing; choose another task")


def _fitting(
    items: Sequence[Item], asked: Sequence[list[Requests]], scorer: Respondent
) -> tuple[list[Item], list[list[Requests]], tuple[str, ...]]:
    """The items of which every request fits the model's input, their requests, and the ids of the others."""
    fits = iter(scorer.fits([request for requests in asked for request in requests]))
    each = [[next(fits) for _ in requests] for requests in asked]
    whole = [all(fit) for fit in each]
    return (
        [item for item, fit in zip(items, whole, strict=True) if fit],
        [requests for requests, fit in zip(asked, whole, strict=True) if fit],
        tuple(str(item["id"]) for item, fit in zip(items, whole, strict=True) if not fit),
    )


def _content(items: Sequence[Item]) -> str:
    text = json.dumps(items, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _answered(
    task: Task, items: Sequence[Item], asked: Sequence[list[Requests]], scorer: Respondent
) -> list[list[Answer]]:
    """The answers of each item: those to what it is asked at first, then those to what is asked further.

    Of a sweep every variant is asked further by its own answers, all of them at once; the unpruned model's are given.
    """
    sweep = scorer if isinstance(scorer, SweepScorer) and task.further is not _no_further else None
    everyone: Sequence[Respondent] = (scorer,) if sweep is None else sweep.everyone
    given: list[list[list[Answer]]] = [[[] for _ in items] for _ in everyone]
    due = [asked] * len(everyone)
    while any(map(any, due)):
        flat = [[request for requests in own for request in requests] for own in due]
        if sweep is not None:
            sweep.prepare([[one for one in own if isinstance(one, GenerationRequest)] for own in flat])
        for place, who in enumerate(everyone):
            answers = iter(_answers(who, flat[place]))
            for so_far, requests in zip(given[place], due[place], strict=True):
                so_far.extend(next(answers) for _ in requests)
            due[place] = [task.further(item, so_far) for item, so_far in zip(items, given[place], strict=True)]
    return given[0]


def _ended(outcome: Outcome, answers: Sequence[Answer]) -> Outcome:
    """The outcome with how its generated answer ended, how long it was, and the thought before it."""
    written = [answer for answer in answers if isinstance(answer, Generation)]
    if not written:
        return outcome
    last, tokens = written[-1], sum(answer.tokens for answer in written)
    return replace(outcome, finish=last.finish, tokens=tokens, thought=last.thought)


def _answers(scorer: Respondent, requests: Sequence[Requests]) -> Sequence[Answer]:
    choices = [request for request in requests if isinstance(request, LogLikelihoodRequest)]
    if choices:
        return scorer.log_likelihoods(choices)
    digits = [request for request in requests if isinstance(request, NextTokenRequest)]
    if digits:
        return scorer.next_tokens(digits)
    return scorer.generations([request for request in requests if isinstance(request, GenerationRequest)])


def generated(answers: Sequence[Answer]) -> Generation:
    """The one answer to an item that is asked for one text."""
    (answer,) = answers
    assert isinstance(answer, Generation)
    return answer


def unfinished(answer: Generation) -> str | None:
    """The label of an answer that did not end by itself, or not outside its thought."""
    if answer.in_thought:
        return "unfinished thought"
    return {"length": "truncated", "loop": "loop"}.get(answer.finish)


def most_likely(answers: Sequence[Answer], weights: Sequence[float]) -> int:
    """Index of the option with the highest log-likelihood per unit of weight; the first of ties."""
    scored = [answer.value for answer in answers if isinstance(answer, LogLikelihood)]
    values = [value / weight for value, weight in zip(scored, weights, strict=True)]
    return values.index(max(values))
