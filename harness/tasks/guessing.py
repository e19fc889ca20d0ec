"""What an answer that names an option, but knows nothing, would score. Pure.

A choice by log-likelihood always picks one of k options, so guessing scores 1 / k. Of a generated answer that is no
constant: a model that falls silent, writes on until it is cut, or names no option cannot guess, and 1 / k subtracted
from its 0 would read as less than nothing.
"""

from harness.tasks.outcome import Outcome, TaskResult

NAMED = ("right", "wrong")
"""Labels of answers that name an option; all others (`not extracted`, `truncated`, `loop`, ...) say that none did."""


def names_an_option(outcome: Outcome) -> bool:
    """Whether an answer named one of its options, or a choice was made."""
    return outcome.label in NAMED


def guessing_score(result: TaskResult) -> float:
    """Expected score of guessing, in [0, 1]: the share of answers that name an option, divided by their number.

    Measured on one variant. 0 where nothing was asked, and for open answers, whose `chance` is 0.
    """
    if not result.outcomes:
        return 0.0
    return result.chance * sum(map(names_an_option, result.outcomes)) / len(result.outcomes)
