"""Intervals for effects after recovery: they cover the choice of items *and* of training seeds.

Both levels are nested in one interval. With [l, u] the interval of the effect over items (`bootstrap`, the seeds' mean
score of each item against its base score) and E_s the effect of seed s alone over all tasks, the ends are

    E - sqrt((E - l)^2 + h^2)  and  E + sqrt((u - E)^2 + h^2),    h = t(df, 1 - alpha / 2) * sqrt(sum over arms of v),

where v = var(E_s, ddof 1) / S of an arm with S seeds and df = (sum v)^2 / sum(v^2 / (S - 1)) (Satterthwaite; S - 1 for
one arm). Squares of half-widths are added as variances are (Zou and Donner 2008, "MOVER"). Resampling the seeds
themselves is not an option: among three, it understates their variance by a third and has normal instead of t tails.
The spread of E_s holds the items' own luck with each seed too, which [l, u] counts once more: the interval errs wide.

All tasks of an arm must come from the same seeds, in the same order. One seed is allowed: such an arm adds nothing to
h, its spread being unknown (or nil, where the arm is a model that was not trained), and `Interval.seeds` is 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from harness.decide.bootstrap import (
    Interval,
    PairedTask,
    gap_effect,
    group_effect,
    paired_draws,
    require_bases,
    require_pairs,
)
from harness.decide.resample import CONFIDENCE, RESAMPLES, Means
from harness.decide.widened import widened
from harness.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class SeededTask:
    """Scores of one task on the same items: the base, and one recovered model a training seed."""

    name: str
    base: tuple[float, ...]
    runs: tuple[tuple[float, ...], ...]
    """One tuple of scores a training seed, items in the order of `base`."""
    chance: float = 0.0
    """Expected score of guessing, in [0, 1]; the base's where it was measured."""
    run_chances: tuple[float, ...] = ()
    """The same of each run, where it was measured (`tasks.guessing`); empty: `chance`."""
    items: str = ""
    """As of a `PairedTask`."""


def recovered_retention(
    tasks: Sequence[SeededTask],
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    *,
    corrected: bool = False,
    null: float = 0.0,
) -> Interval:
    """Mean over tasks of the mean over seeds of run score / base score.

    Args:
        tasks: with the runs of every seed.
        confidence: coverage, in (0, 1).
        resamples: random weightings of the items.
        corrected: take the expected score of guessing from both.
        null: the effect that the p-value is about.

    Raises:
        BadInput: a base scores 0 (or no better than chance, when `corrected`), or the runs do not belong together.
    """
    return _interval(
        tasks, group_effect(_means(tasks, corrected=corrected), corrected=corrected), confidence, resamples, null
    )


def remaining_loss(
    tasks: Sequence[SeededTask],
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    *,
    corrected: bool = False,
    null: float = 0.0,
) -> Interval:
    """What is still lost after recovery: 1 - `recovered_retention`, with its arguments.

    Raises:
        BadInput: as in `recovered_retention`.
    """
    kept = group_effect(_means(tasks, corrected=corrected), corrected=corrected)
    return _interval(tasks, lambda after, base: 1 - kept(after, base), confidence, resamples, null)


def recovered_gap(
    spared: Sequence[SeededTask],
    hit: Sequence[SeededTask],
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    *,
    corrected: bool = False,
    null: float = 0.0,
) -> Interval:
    """Recovered retention of `spared` minus that of `hit`, both measured on the same trained models.

    Raises:
        BadInput: as in `recovered_retention`.
    """
    return mean_recovered_gap([(spared, hit)], confidence, resamples, corrected=corrected, null=null)


def mean_recovered_gap(
    gaps: Sequence[tuple[Sequence[SeededTask], Sequence[SeededTask]]],
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    *,
    corrected: bool = False,
    null: float = 0.0,
) -> Interval:
    """The mean of several gaps (`recovered_gap`), each between what is spared and what is hit.

    Tasks of different gaps may ask the same items (`SeededTask.items`); those are weighted together.

    Raises:
        BadInput: as in `recovered_retention`.
    """
    both = [(_means(spared, corrected=corrected), _means(hit, corrected=corrected)) for spared, hit in gaps]
    effects = [gap_effect(spared, hit, corrected=corrected) for spared, hit in both]
    cuts = np.cumsum([0, *(len(spared) + len(hit) for spared, hit in both)])

    def effect(after: Sequence["NDArray[np.float64]"], base: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        each = [one(after[a:b], base[a:b]) for one, a, b in zip(effects, cuts[:-1], cuts[1:], strict=True)]
        return np.asarray(sum(each) / len(each))

    return _interval([task for pair in gaps for tasks in pair for task in tasks], effect, confidence, resamples, null)


def recovery_difference(
    first: Sequence[SeededTask],
    second: Sequence[SeededTask],
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    *,
    null: float = 0.0,
) -> Interval:
    """Retention after the first recovery minus after the second, on the same items of the same base.

    Where both have as many seeds, those are the same seeds in the same order and the same data order, and their
    effects are subtracted in pairs; otherwise their spreads add up.

    Raises:
        BadInput: the two differ in tasks or base scores, a base scores 0, or the runs do not belong together.
    """
    one, other = _means(first), _means(second)
    if [(task.name, task.base) for task in one] != [(task.name, task.base) for task in other]:
        raise BadInput(
            f"recoveries on {', '.join(task.name for task in one)} and on {', '.join(task.name for task in other)}: "
            f"expected the same tasks with the same base scores; evaluate both on the same items"
        )
    # over a common base, the difference of two retentions is the retention of the difference
    gains = [
        replace(task, pruned=tuple(a - b for a, b in zip(task.pruned, less.pruned, strict=True)))
        for task, less in zip(one, other, strict=True)
    ]
    effect = group_effect(gains, corrected=False)
    draws = paired_draws(gains, effect, resamples, least=-1.0)
    arms = [_by_seed(first, effect), _by_seed(second, effect)]
    if len(arms[0]) == len(arms[1]):
        arms = [arms[0] - arms[1]]
    return widened(draws, arms, confidence, null)


def _interval(tasks: Sequence[SeededTask], effect: Means, confidence: float, resamples: int, null: float) -> Interval:
    return widened(paired_draws(as_pairs(tasks), effect, resamples), [_by_seed(tasks, effect)], confidence, null)


def _means(tasks: Sequence[SeededTask], *, corrected: bool = False) -> list[PairedTask]:
    """As `as_pairs`, of a base that leaves something to retain."""
    means = as_pairs(tasks)
    require_bases(means, corrected=corrected)
    return means


def as_pairs(tasks: Sequence[SeededTask]) -> list[PairedTask]:
    """Each item's mean score over the seeds, against its base score."""
    for task in tasks:
        if not task.runs or any(len(run) != len(task.base) for run in task.runs):
            raise BadInput(
                f"task {task.name}: runs of {[len(run) for run in task.runs]} items for {len(task.base)} base scores; "
                f"expected at least 1 run, each on the base's items; evaluate every seed on the same subset"
            )
    means = [
        PairedTask(
            task.name,
            task.runs[0] if len(task.runs) == 1 else tuple(np.mean(task.runs, axis=0).tolist()),
            task.base,
            task.chance,
            float(np.mean(task.run_chances)) if task.run_chances else None,
            task.items,
        )
        for task in tasks
    ]
    require_pairs(means)
    return means


def _by_seed(tasks: Sequence[SeededTask], effect: Means) -> "NDArray[np.float64]":
    """The effect of each seed alone."""
    counts = [len(task.runs) for task in tasks]
    if len(set(counts)) > 1:
        raise BadInput(
            f"tasks {', '.join(task.name for task in tasks)}: {counts} training seeds; "
            f"expected every task on the same trained models; evaluate the missing ones"
        )
    scores = [np.array([sum(run) / len(run) for run in task.runs]) for task in tasks]
    bases = [sum(task.base) / len(task.base) for task in tasks]
    return effect(scores, [np.full(len(runs), base) for base, runs in zip(bases, scores, strict=True)])
