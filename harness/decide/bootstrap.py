"""Intervals of effects on paired scores: how far the items at hand decide them.

Items are weighted at random within each task, the same for base and pruned (`resample`); an interval is the percentile
interval of the effect under these weights. Tasks keep their size and pairs stay together.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from harness.decide.resample import CONFIDENCE, RESAMPLES, Draws, Means, draw
from harness.decide.retention import chance_corrected, retention
from harness.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROUNDING = 1e-9  # of a mean over seeds


@dataclass(frozen=True)
class PairedTask:
    """Scores of one task on the same items, before and after."""

    name: str
    pruned: tuple[float, ...]
    base: tuple[float, ...]
    chance: float = 0.0
    """Expected score of guessing, in [0, 1]."""
    pruned_chance: float | None = None
    """The same afterwards, where it was measured; None: `chance`."""
    items: str = ""
    """Names the items, the same for tasks that ask the same ones in one order; "": no other task does."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval."""

    estimate: float
    low: float
    high: float
    confidence: float
    p_value: float
    """Two-sided, for an effect of 0, or of the smallest effect that counts where one was named."""
    n: int
    """Items behind the estimate, over all its tasks."""
    seeds: int = 0
    """Training seeds behind the estimate, the smaller number of two arms; 0 where `seeds.py` had no part in it.

    An arm with 1 seed adds nothing to the width: of that training, the interval covers other items only.
    """
    of_items: tuple[float, float] | None = None
    """The ends without the spread of the seeds; None where they are `low` and `high`."""

    def corrected_for(self, looks: int) -> "Interval":
        """The same interval with its p-value multiplied by the number of looks (Bonferroni).

        The interval itself must have been made with `bonferroni_confidence(..., looks)`.
        """
        return replace(self, p_value=min(1.0, self.p_value * looks))


def paired_bootstrap(
    tasks: Sequence[PairedTask],
    effect: Means,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
    *,
    null: float = 0.0,
) -> Interval:
    """Interval of `effect`, a function of the tasks' mean pruned and mean base scores.

    Args:
        tasks: tasks with their paired scores, in [0, 1].
        effect: maps (pruned means, base means), each one array a task, to the effect; monotone in each.
        confidence: coverage, in (0, 1).
        resamples: random weightings of the items.
        seed: of the resampling.
        null: the effect that the p-value is about.

    Raises:
        BadInput: no tasks, a task without items, with unpaired or undefined scores, or a coverage that is no share.
    """
    require_pairs(tasks)
    return interval_of(paired_draws(tasks, effect, resamples, seed), confidence, null)


def paired_draws(
    tasks: Sequence[PairedTask], effect: Means, resamples: int = RESAMPLES, seed: int = 0, least: float = 0.0
) -> Draws:
    """What `interval_of` makes an interval of; the tasks must have passed `require_pairs`."""
    pairs = [np.column_stack([task.pruned, task.base]).astype(float) for task in tasks]
    return draw(pairs, effect, resamples, seed, least, [task.items for task in tasks])


def interval_of(draws: Draws, confidence: float, null: float = 0.0) -> Interval:
    """The percentile interval, with the p-value of an effect of `null`.

    Raises:
        BadInput: the coverage is no share.
    """
    require_share(confidence)
    return Interval(draws.estimate, *draws.ends(confidence), confidence, draws.p_value(null), draws.n)


def require_share(confidence: float) -> None:
    """Refuse a coverage that is no share."""
    if not 0 < confidence < 1:
        raise BadInput(f"confidence {confidence}: expected a share between 0 and 1, such as {CONFIDENCE}")


def require_pairs(tasks: Sequence[PairedTask]) -> None:
    """Refuse tasks that cannot be resampled in pairs."""
    if not tasks:
        raise BadInput("an interval over 0 tasks: expected at least 1; name more tasks")
    for task in tasks:
        if len(task.pruned) != len(task.base) or not task.base:
            raise BadInput(
                f"task {task.name}: {len(task.pruned)} pruned and {len(task.base)} base scores; "
                f"expected the same items, at least 1, before and after; run both on the same subset"
            )
        if not math.isfinite(sum(task.pruned) + sum(task.base)):  # one that is not finite leaves no finite sum
            raise BadInput(f"task {task.name}: a score is not a finite number; expected scores in [0, 1], rescore it")
        least, most = min(map(min, (task.pruned, task.base))), max(map(max, (task.pruned, task.base)))
        if least < -_ROUNDING or most > 1 + _ROUNDING:
            wrong = least if least < 0 else most
            raise BadInput(f"task {task.name}: a score is {wrong:g}; expected scores in [0, 1], rescore it")


def group_effect(tasks: Sequence[PairedTask], *, corrected: bool) -> Means:
    """Mean over tasks of (pruned - c) / (base - c), where c is 0 unless `corrected`; each score has its own c."""
    chances = [_chances(task) if corrected else (0.0, 0.0) for task in tasks]

    def effect(pruned: Sequence["NDArray[np.float64]"], base: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        ratios = [(p - after) / (b - before) for p, b, (after, before) in zip(pruned, base, chances, strict=True)]
        return np.asarray(sum(ratios) / len(ratios))

    return effect


def _chances(task: PairedTask) -> tuple[float, float]:
    return (task.chance if task.pruned_chance is None else task.pruned_chance), task.chance


def gap_effect(spared: Sequence[PairedTask], hit: Sequence[PairedTask], *, corrected: bool) -> Means:
    """Retention of the first group minus that of the second, over the tasks of both in this order.

    Raises:
        BadInput: a base scores 0 (or no better than chance, when `corrected`).
    """
    for group in (spared, hit):
        require_bases(group, corrected=corrected)
    first, second = group_effect(spared, corrected=corrected), group_effect(hit, corrected=corrected)
    cut = len(spared)

    def effect(pruned: Sequence["NDArray[np.float64]"], base: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        return np.asarray(first(pruned[:cut], base[:cut]) - second(pruned[cut:], base[cut:]))

    return effect


def require_bases(tasks: Sequence[PairedTask], *, corrected: bool) -> None:
    """Refuse a base that leaves nothing to retain."""
    require_pairs(tasks)
    for task in tasks:
        if corrected:
            chance_corrected(task.pruned, task.base, task.chance)
        else:
            retention(task.pruned, task.base)


def retention_interval(
    tasks: Sequence[PairedTask], confidence: float = CONFIDENCE, resamples: int = RESAMPLES, *, corrected: bool = False
) -> Interval:
    """Mean retention of a group of tasks.

    Raises:
        BadInput: a base scores 0 (or no better than chance, when `corrected`).
    """
    require_bases(tasks, corrected=corrected)
    return paired_bootstrap(tasks, group_effect(tasks, corrected=corrected), confidence, resamples)


def retention_gap(
    spared: Sequence[PairedTask],
    hit: Sequence[PairedTask],
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    *,
    corrected: bool = False,
) -> Interval:
    """Mean retention of `spared` minus mean retention of `hit`.

    Raises:
        BadInput: a base scores 0 (or no better than chance, when `corrected`).
    """
    effect = gap_effect(spared, hit, corrected=corrected)
    return paired_bootstrap([*spared, *hit], effect, confidence, resamples)


def score_drop(task: PairedTask, confidence: float = CONFIDENCE, resamples: int = RESAMPLES) -> Interval:
    """Mean score before minus after.

    Raises:
        BadInput: a task without items, with unpaired or undefined scores.
    """

    def effect(pruned: Sequence["NDArray[np.float64]"], base: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        return np.asarray(base[0] - pruned[0])

    return paired_bootstrap([task], effect, confidence, resamples)
