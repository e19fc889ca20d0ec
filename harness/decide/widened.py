"""An interval over items, widened by what training seeds add to it (`seeds` has the formula)."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.decide.bootstrap import Interval, interval_of
from harness.decide.resample import Draws

if TYPE_CHECKING:
    from numpy.typing import NDArray


def widened(draws: Draws, arms: Sequence["NDArray[np.float64]"], confidence: float, null: float = 0.0) -> Interval:
    """The interval over items, widened by the spread of each arm's seeds."""
    from scipy.optimize import brentq

    items = interval_of(draws, confidence, null)
    seeds = min(len(arm) for arm in arms)
    repeated = [arm for arm in arms if len(arm) > 1]
    if not repeated:
        return replace(items, seeds=seeds)

    def ends(coverage: float) -> tuple[float, float]:
        low, high = draws.ends(coverage)
        half, middle = _half_width(repeated, coverage), draws.estimate
        return middle - np.hypot(middle - low, half), middle + np.hypot(high - middle, half)

    def beyond(coverage: float) -> float:
        """Distance from the null to the end that faces it; negative where the interval holds it."""
        low, high = ends(coverage)
        return low - null if draws.estimate > null else null - high

    # the p-value is what the coverage leaves out when the interval just touches the null
    most, least = 1 - 2 / (len(draws.pessimistic) + 1), 0.0
    if beyond(most) > 0:
        p_value = 1 - most
    elif beyond(least) <= 0:
        p_value = 1.0
    else:
        p_value = 1 - brentq(beyond, least, most, xtol=1e-6)
    low, high = ends(confidence)
    return replace(
        items, low=float(low), high=float(high), p_value=float(p_value), seeds=seeds, of_items=(items.low, items.high)
    )


def _half_width(arms: Sequence["NDArray[np.float64]"], confidence: float) -> float:
    """Of the sum of the arms' means, by the spread of their seeds alone."""
    from scipy.stats import t

    variances = np.array([arm.var(ddof=1) / len(arm) for arm in arms])
    if not variances.any():
        return 0.0
    freedom = variances.sum() ** 2 / sum(v**2 / (len(arm) - 1) for v, arm in zip(variances, arms, strict=True))
    return float(t.ppf((1 + confidence) / 2, freedom) * np.sqrt(variances.sum()))
