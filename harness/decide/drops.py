"""How much a mean score over tasks fell or rose."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.decide.bootstrap import Interval, PairedTask, paired_bootstrap, require_share
from harness.decide.resample import CONFIDENCE, RESAMPLES
from harness.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mean_score(
    tasks: Sequence[tuple[float, ...]],
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    *,
    null: float = 0.0,
) -> Interval:
    """Mean over tasks of a model's own mean score."""
    pairs = [PairedTask(str(place), scores, scores) for place, scores in enumerate(tasks)]

    def effect(_: Sequence["NDArray[np.float64]"], base: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        return np.asarray(sum(base) / len(base))

    return paired_bootstrap(pairs, effect, confidence, resamples, null=null)


def mean_of(values: Sequence[float], confidence: float = CONFIDENCE, *, null: float = 0.0) -> Interval:
    """Mean of values that have no bounds, such as differences of log-probabilities, with Student's interval.

    Raises:
        BadInput: fewer than 2 values, or undefined ones.
    """
    from scipy.stats import ttest_1samp

    require_share(confidence)
    if len(values) < 2 or not np.isfinite(values).all():  # noqa: PLR2004  # one has no spread
        raise BadInput(f"the mean of {len(values)} values: expected at least 2, all finite numbers; ask more items")
    mean = float(np.mean(values))
    if np.ptp(values) == 0:
        return Interval(mean, mean, mean, confidence, float(mean == null), len(values))
    test = ttest_1samp(values, null)
    low, high = test.confidence_interval(confidence)
    return Interval(mean, float(low), float(high), confidence, float(test.pvalue), len(values))


def mean_score_drop(
    tasks: Sequence[PairedTask], confidence: float = CONFIDENCE, resamples: int = RESAMPLES, *, null: float = 0.0
) -> Interval:
    """Mean score over tasks before minus after; tasks count equally."""

    def effect(pruned: Sequence["NDArray[np.float64]"], base: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        return np.asarray(sum(b - p for p, b in zip(pruned, base, strict=True)) / len(base))

    return paired_bootstrap(tasks, effect, confidence, resamples, null=null)


def mean_score_rise(
    tasks: Sequence[PairedTask], confidence: float = CONFIDENCE, resamples: int = RESAMPLES, *, null: float = 0.0
) -> Interval:
    """Mean score over tasks after minus before."""
    swapped = [replace(task, pruned=task.base, base=task.pruned) for task in tasks]
    return mean_score_drop(swapped, confidence, resamples, null=null)


def mean_gain_lost(
    before: Sequence[float],
    after: Sequence[float],
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    *,
    null: float = 0.0,
) -> Interval:
    """Mean gain before minus mean gain after, of items whose gains lie in [-1, 1].

    Raises:
        BadInput: no items, different numbers of them, or undefined gains.
    """

    def effect(pruned: Sequence["NDArray[np.float64]"], base: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        return np.asarray(2 * (base[0] - pruned[0]))

    # into [0, 1], where the bootstrap's imagined item has its corners
    late, early = (tuple((gain + 1) / 2 for gain in gains) for gains in (after, before))
    return paired_bootstrap([PairedTask("gain", late, early)], effect, confidence, resamples, null=null)
