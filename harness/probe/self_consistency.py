"""Several answers to one item: the vote among them and what it gains (self-consistency, 2203.11171). Pure."""

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from statistics import fmean

from harness.errors import BadInput
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.task import States


def winner(finals: Sequence[Hashable | None]) -> int:
    """Index of the first response with the most frequent answer; of equally frequent ones the first to appear.

    None has no vote; where nobody has one, the first response wins.
    """
    votes = Counter(final for final in finals if final is not None)
    if not votes:
        return 0
    # most_common keeps the order of appearance among equals
    return list(finals).index(votes.most_common(1)[0][0])


def voted(samples: Sequence[TaskResult], states: States) -> TaskResult:
    """The winning outcome of every item; an answer that did not end by itself has no vote.

    Raises:
        BadInput: there are no samples, or they are of different items.
    """
    rows = _by_item(samples)
    outcomes = tuple(row[winner([_vote(outcome, states) for outcome in row])] for row in rows)
    return replace(samples[0], outcomes=outcomes)


def gains(samples: Sequence[TaskResult], states: States) -> tuple[float, ...]:
    """Score of each item's winner minus the mean score of all its samples, in [-1, 1].

    Raises:
        BadInput: as `voted`.
    """
    won = voted(samples, states).scores
    return tuple(score - mean for score, mean in zip(won, mean_scores(samples), strict=True))


def mean_scores(samples: Sequence[TaskResult]) -> tuple[float, ...]:
    """Each item's mean score over its samples.

    Raises:
        BadInput: as `voted`.
    """
    return tuple(fmean(outcome.score for outcome in row) for row in _by_item(samples))


def _by_item(samples: Sequence[TaskResult]) -> list[tuple[Outcome, ...]]:
    if not samples or len({tuple(outcome.item_id for outcome in result.outcomes) for result in samples}) != 1:
        raise BadInput(f"{len(samples)} samples: expected at least 1, all of the same items in one order")
    return list(zip(*(result.outcomes for result in samples), strict=True))


def _vote(outcome: Outcome, states: States) -> Hashable | None:
    return states(outcome.response) if outcome.finish == "stop" else None
