"""What greedy answers would have scored under a smaller limit of tokens. Pure.

A greedy answer under a smaller limit is the beginning of the one under the larger limit, so nothing is generated again.
"""

from dataclasses import replace

from harness.tasks.outcome import TaskResult


def within(result: TaskResult, tokens: int) -> TaskResult:
    """The same answers, where only those of at most `tokens` tokens, the end-of-turn token included, can be right."""
    outcomes = (
        outcome if outcome.tokens <= tokens else replace(outcome, score=0.0, label="truncated", finish="length")
        for outcome in result.outcomes
    )
    return replace(result, outcomes=tuple(outcomes))
