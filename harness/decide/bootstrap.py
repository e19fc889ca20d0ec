"""Intervals by paired bootstrap: items are drawn within each task, the same items for base and pruned.

The resampling is scipy's (`scipy.stats.bootstrap`, percentile method: BCa needs a jackknife that degenerates when all
items agree, which happens at both ends here). What is resampled are item indices, one sample a task, so tasks keep
their size and pairs stay together.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from harness.decide.retention import chance_corrected, retention
from harness.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 10_000
CONFIDENCE = 0.95
_BATCH = 500  # resamples held in memory at once


@dataclass(frozen=True)
class PairedTask:
    """Scores of one task on the same items, before and after."""

    name: str
    pruned: tuple[float, ...]
    base: tuple[float, ...]
    chance: float = 0.0
    """Expected score of guessing, in [0, 1]."""


@dataclass(frozen=True)
class Interval:
    """An estimate with its bootstrap interval."""

    estimate: float
    low: float
    high: float
    confidence: float
    p_value: float
    """Two-sided, for an effect of 0."""
    n: int
    """Items behind the estimate, over all its tasks."""

    def corrected_for(self, looks: int) -> "Interval":
        """The same interval with its p-value multiplied by the number of looks (Bonferroni).

        The interval itself must have been made with `bonferroni_confidence(..., looks)`.
        """
        return replace(self, p_value=min(1.0, self.p_value * looks))


Means = Callable[[Sequence["NDArray[np.float64]"], Sequence["NDArray[np.float64]"]], "NDArray[np.float64]"]


def paired_bootstrap(
    tasks: Sequence[PairedTask],
    effect: Means,
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Interval:
    """Interval of `effect`, a function of the tasks' mean pruned and mean base scores.

    Args:
        tasks: tasks with their paired scores.
        effect: maps (pruned means, base means), each one array a task, to the effect.
        confidence: coverage, in (0, 1).
        resamples: bootstrap resamples.
        seed: of the resampling.

    Raises:
        BadInput: no tasks, a task without items, with unpaired or undefined scores, or a coverage that is no share.
    """
    _require_pairs(tasks, confidence)
    from scipy.stats import DegenerateDataWarning, bootstrap

    pruned = [np.asarray(task.pruned, dtype=float) for task in tasks]
    base = [np.asarray(task.base, dtype=float) for task in tasks]

    def statistic(*indices: "NDArray[np.intp]", axis: int = -1) -> "NDArray[np.float64]":
        with np.errstate(divide="ignore", invalid="ignore"):
            value = effect(
                [scores[index].mean(axis=axis) for scores, index in zip(pruned, indices, strict=True)],
                [scores[index].mean(axis=axis) for scores, index in zip(base, indices, strict=True)],
            )
        # scipy takes NaN without a word, but warns about the mean of +inf and -inf
        return np.where(np.isfinite(value), value, np.nan)

    estimate = float(statistic(*(np.arange(len(scores)) for scores in base)))
    # scipy refuses samples of one item; such a task cannot vary, so its only item is drawn twice
    samples = [np.arange(len(scores)) if len(scores) > 1 else np.zeros(2, dtype=int) for scores in base]
    with warnings.catch_warnings():
        # said of undefined resamples, which are handled below
        warnings.simplefilter("ignore", DegenerateDataWarning)
        drawn = bootstrap(
            samples, statistic, n_resamples=resamples, confidence_level=confidence, vectorized=True, batch=_BATCH,
            method="percentile", rng=np.random.default_rng(seed),
        ).bootstrap_distribution  # fmt: skip
    # a resample in which the base got nothing right has no retention; it is left out
    drawn = drawn[np.isfinite(drawn)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    below, above = (int((drawn <= 0).sum()) + 1, int((drawn >= 0).sum()) + 1)
    p_value = min(1.0, 2 * min(below, above) / (len(drawn) + 1))
    n = sum(len(scores) for scores in base)
    return Interval(estimate, min(float(low), estimate), max(float(high), estimate), confidence, p_value, n)


def _require_pairs(tasks: Sequence[PairedTask], confidence: float) -> None:
    if not tasks:
        raise BadInput("an interval over 0 tasks: expected at least 1; name more tasks")
    if not 0 < confidence < 1:
        raise BadInput(f"confidence {confidence}: expected a share between 0 and 1, such as {CONFIDENCE}")
    for task in tasks:
        if len(task.pruned) != len(task.base) or not task.base:
            raise BadInput(
                f"task {task.name}: {len(task.pruned)} pruned and {len(task.base)} base scores; "
                f"expected the same items, at least 1, before and after; run both on the same subset"
            )
        if not np.isfinite([task.pruned, task.base]).all():
            raise BadInput(f"task {task.name}: a score is not a finite number; expected scores in [0, 1], rescore it")


def _group_retention(tasks: Sequence[PairedTask], *, corrected: bool) -> Means:
    """Mean over tasks of (pruned - c) / (base - c), where c is 0 unless `corrected`."""
    chances = [task.chance if corrected else 0.0 for task in tasks]

    def effect(pruned: Sequence["NDArray[np.float64]"], base: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        ratios = [(p - c) / (b - c) for p, b, c in zip(pruned, base, chances, strict=True)]
        return np.asarray(sum(ratios) / len(ratios))

    return effect


def _require_bases(tasks: Sequence[PairedTask], *, corrected: bool) -> None:
    _require_pairs(tasks, CONFIDENCE)
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
    _require_bases(tasks, corrected=corrected)
    return paired_bootstrap(tasks, _group_retention(tasks, corrected=corrected), confidence, resamples)


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
    tasks = [*spared, *hit]
    for group in (spared, hit):
        _require_bases(group, corrected=corrected)
    first, second = _group_retention(spared, corrected=corrected), _group_retention(hit, corrected=corrected)
    cut = len(spared)

    def effect(pruned: Sequence["NDArray[np.float64]"], base: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        return np.asarray(first(pruned[:cut], base[:cut]) - second(pruned[cut:], base[cut:]))

    return paired_bootstrap(tasks, effect, confidence, resamples)


def score_drop(task: PairedTask, confidence: float = CONFIDENCE, resamples: int = RESAMPLES) -> Interval:
    """Mean score before minus after."""

    def effect(pruned: Sequence["NDArray[np.float64]"], base: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        return np.asarray(base[0] - pruned[0])

    return paired_bootstrap([task], effect, confidence, resamples)
