"""Probe measures as per-item scores, so that the paired statistics apply to them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from harness.probe.degeneration import degenerate, intact, lost_in_intact_text, mean_repetition
from harness.probe.failures import Failure, Protocol, code_failure, failure_shares
from harness.probe.items import paired_outcomes
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.pairs import common


def repetition_rise(base: TaskResult, pruned: TaskResult) -> tuple[float, ...]:
    """Of each item, mean Rep-2/3/4 of the pruned model's answer minus that of the base's, in [-1, 1]."""
    return tuple(
        mean_repetition(after.response) - mean_repetition(before.response)
        for before, after in paired_outcomes(base, pruned)
    )


def rescored(results: Mapping[str, TaskResult], score: Callable[[Outcome], float]) -> dict[str, TaskResult]:
    """The same items, each scored by what `score` says of its outcome, in [0, 1]."""
    return {task: _with(result, [score(outcome) for outcome in result.outcomes]) for task, result in results.items()}


def with_failure(
    results: Mapping[str, TaskResult], failure: Failure, protocol: Protocol = "sound"
) -> dict[str, TaskResult]:
    """The same items, each scored 1 where its program is of class `failure` and 0 where it is not."""
    return rescored(results, lambda outcome: failure_shares([outcome], protocol)[failure])


def with_program(results: Mapping[str, TaskResult]) -> dict[str, TaskResult]:
    """The same items, each scored 1 where the answer ended and has a program; no other tells anything of brackets."""
    return rescored(results, lambda outcome: float(code_failure(outcome) not in ("no code", "truncated")))


def with_number(results: Mapping[str, TaskResult]) -> dict[str, TaskResult]:
    """The same items, each scored 1 where the answer gives a number, right or wrong, and 0 where it gives none."""
    return rescored(results, lambda outcome: float(outcome.label != "not extracted"))


def with_intact_text(base: Mapping[str, TaskResult], pruned: Mapping[str, TaskResult]) -> dict[str, TaskResult]:
    """The pruned model's items, each scored 1 where the text is intact and 0 where it is not."""
    return _of_both(base, pruned, lambda before, after: [float(whole) for whole in intact(before, after)])


def with_degenerate_text(base: Mapping[str, TaskResult], pruned: Mapping[str, TaskResult]) -> dict[str, TaskResult]:
    """The pruned model's items, each scored 1 where the text is degenerate and 0 where it is not."""
    return _of_both(base, pruned, lambda before, after: [float(bad) for bad in degenerate(before, after)])


def with_text(results: Mapping[str, TaskResult]) -> dict[str, TaskResult]:
    """The same items, each scored 1 where the answer has some text; an empty one tells nothing of texts."""
    return rescored(results, lambda outcome: float(bool(outcome.response.strip())))


def in_intact_text(base: Mapping[str, TaskResult], pruned: Mapping[str, TaskResult]) -> dict[str, TaskResult]:
    """The pruned model's items with the scores of `lost_in_intact_text`."""
    return _of_both(base, pruned, lost_in_intact_text)


def _of_both(
    base: Mapping[str, TaskResult],
    pruned: Mapping[str, TaskResult],
    score: Callable[[TaskResult, TaskResult], Sequence[float]],
) -> dict[str, TaskResult]:
    """The pruned model's items, each scored beside the base's; without those that one of the two was not asked."""
    both = {task: common(base[task], pruned[task]) for task in base}
    return {task: _with(after, score(before, after)) for task, (before, after) in both.items()}


def _with(result: TaskResult, scores: Sequence[float]) -> TaskResult:
    """The result with other scores, which nobody reaches by guessing."""
    outcomes = zip(result.outcomes, scores, strict=True)
    return replace(result, chance=0.0, outcomes=tuple(replace(outcome, score=score) for outcome, score in outcomes))
