"""Probe measures as per-item scores, so that the paired statistics apply to them."""

from collections.abc import Mapping
from dataclasses import replace

from harness.probe.degeneration import mean_repetition
from harness.probe.failures import Failure, Protocol, failure_shares
from harness.probe.items import paired_outcomes
from harness.tasks.outcome import TaskResult


def repetition_rise(base: TaskResult, pruned: TaskResult) -> tuple[float, ...]:
    """Of each item, mean Rep-2/3/4 of the pruned model's answer minus that of the base's, in [-1, 1]."""
    return tuple(
        mean_repetition(after.response) - mean_repetition(before.response)
        for before, after in paired_outcomes(base, pruned)
    )


def with_failure(
    results: Mapping[str, TaskResult], failure: Failure, protocol: Protocol = "sound"
) -> dict[str, TaskResult]:
    """The same items, each scored 1 where its program is of class `failure` and 0 where it is not."""
    return {
        task: replace(
            result,
            outcomes=tuple(
                replace(outcome, score=failure_shares([outcome], protocol)[failure]) for outcome in result.outcomes
            ),
        )
        for task, result in results.items()
    }
