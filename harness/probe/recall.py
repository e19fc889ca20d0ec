"""Demoted or erased: whether what a variant no longer answers is still in it. Pure.

An item is lost where the base's greedy answer is right and the variant's is wrong. If the variant still knows it, one
of several drawn answers is right, or the right one of four written answers is the likeliest; if not, only luck brings
it back. What luck does is measured in two ways: as the share of *other* items whose right answer is among the answers
drawn for this one, and on the items that both got wrong, of which a good base leaves few.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.decide.bootstrap import Interval, PairedTask, paired_bootstrap
from harness.decide.drops import mean_score_rise
from harness.errors import BadInput
from harness.probe.items import paired_outcomes
from harness.tasks.guessing import names_an_option
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.task import States

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Recall:
    """What comes back of the items that one task lost.

    Attributes:
        draws: Answers drawn for each item.
        lost: Items with the base's greedy answer right, the variant's wrong, and answers drawn.
        missed: Items that both got wrong, with answers drawn.
        drawn: Share of the lost items with a right answer among those drawn; None where nothing was lost.
        luck: The same share of the missed items; None where there is none.
        beyond_luck: `drawn` minus `luck`; None where either is.
        guessed: Of a lost item, the share of other items whose right answer is among its drawn answers: what draws that
            know nothing of their item would come to. In [0, 1]; None where nothing was lost, or no other item is known.
        beyond_guessing: `drawn` minus `guessed`, paired by item; None where either is.
        chosen: Share of the lost items whose right option is the likeliest; None where no choice was asked.
    """

    draws: int
    lost: int
    missed: int
    drawn: Interval | None
    luck: Interval | None
    beyond_luck: Interval | None
    guessed: float | None
    beyond_guessing: Interval | None
    chosen: Interval | None


def lost_and_missed(base: TaskResult, variant: TaskResult) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids of the items that the variant lost, and of those that neither had right, in item order.

    Raises:
        BadInput: the results are not of the same items.
    """
    pairs = [(o.item_id, o.score == 1, after.score == 1) for o, after in paired_outcomes(base, variant)]
    lost = tuple(item for item, before, after in pairs if before and not after)
    return lost, tuple(item for item, before, after in pairs if not (before or after))


def recall(
    base: TaskResult, variant: TaskResult, draws: Sequence[TaskResult], states: States, choice: TaskResult | None = None
) -> Recall:
    """What comes back of the items that a variant lost.

    Args:
        base: the unpruned model's greedy answers.
        variant: the variant's greedy answers to the same items.
        draws: the variant's drawn answers, of one set of items throughout; items that are not in it do not count.
        states: of the task.
        choice: the variant's choices for the same items.

    Raises:
        BadInput: there are no draws, they are of different items, or `base` and `variant` are.
    """
    answers = _by_item(draws)
    lost, missed = ([item for item in group if item in answers] for group in lost_and_missed(base, variant))
    hits, lucky = ([_any_right(answers[item]) for item in group] for group in (lost, missed))
    chosen = {o.item_id: o.score for o in choice.outcomes} if choice else {}
    kept = [chosen[item] for item in lost if item in chosen]
    right = {o.item_id: answer for o in base.outcomes if o.score == 1 and (answer := states(o.response)) is not None}
    met = [
        _share_met(answers[item], [answer for other, answer in right.items() if other != item], states)
        for item in lost
        if len(right) > 1
    ]
    return Recall(
        draws=len(draws),
        lost=len(lost),
        missed=len(missed),
        drawn=share_of(hits),
        luck=share_of(lucky),
        beyond_luck=_difference(_task(hits), _task(lucky)) if hits and lucky else None,
        guessed=sum(met) / len(met) if met else None,
        beyond_guessing=mean_score_rise([PairedTask("", tuple(hits), tuple(met))]) if met else None,
        chosen=share_of(kept),
    )


def share_of(hits: Sequence[float]) -> Interval | None:
    """The mean of scores in [0, 1] with its interval; None where there are none."""
    return paired_bootstrap([_task(hits)], lambda scores, _: scores[0]) if hits else None


def _difference(first: PairedTask, second: PairedTask) -> Interval:
    """Mean of the first minus mean of the second, of different items."""

    def effect(means: Sequence["NDArray[np.float64]"], _: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        return means[0] - means[1]

    return paired_bootstrap([first, second], effect)


def _task(scores: Sequence[float]) -> PairedTask:
    return PairedTask("", tuple(scores), (0.0,) * len(scores))


def _by_item(draws: Sequence[TaskResult]) -> dict[str, list[Outcome]]:
    if not draws or len({tuple(outcome.item_id for outcome in result.outcomes) for result in draws}) != 1:
        raise BadInput(f"{len(draws)} draws: expected at least 1, all of the same items in one order")
    return {row[0].item_id: list(row) for row in zip(*(result.outcomes for result in draws), strict=True)}


def _any_right(outcomes: Sequence[Outcome]) -> float:
    return float(any(outcome.score == 1 for outcome in outcomes))


def _share_met(outcomes: Sequence[Outcome], others: Sequence[Hashable], states: States) -> float:
    """Share of other items' right answers that is among what these answers state."""
    stated = {states(outcome.response) for outcome in outcomes if names_an_option(outcome)}
    return sum(answer in stated for answer in others) / len(others)
