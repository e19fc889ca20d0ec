"""Whether an effect grows with the size of a model, from one effect a size. Pure.

A random-effects meta-regression: what a model was measured to lose is off by the luck of its items, which its interval
tells, and by the luck of its training, which nothing tells but the scatter about the line. The spread between trainings
is estimated from that scatter (Paule and Mandel 1982), and the slope's error is never taken to be smaller than the
scatter says (Knapp and Hartung 2003), with Student's quantiles for so few sizes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from harness.decide.resample import CONFIDENCE
from harness.errors import BadInput

Trend = Literal["grows", "shrinks", "stays", "cannot say"]
_Line = tuple[float, float, float, tuple[float, float]]
FEWEST = 3  # sizes: two always lie on a line
_BISECTIONS = 30  # of an interval of at most _WIDEST: to below 1e-8
_WIDEST = 10.0  # variance between trainings, far above any of effects in [-1, 1]


@dataclass(frozen=True)
class Slope:
    """How much an effect rises with each tenfold of the parameters."""

    estimate: float
    low: float
    high: float
    trend: Trend
    between: float
    """Standard deviation about the line beyond what items explain: luck of trainings, or that it is no line."""
    sizes: int
    middle: tuple[float, float]
    """log10 of the parameters, and the effect, through which the line goes."""

    def at(self, parameters: float) -> float:
        """The line's effect at a size."""
        return self.middle[1] + self.estimate * float(np.log10(parameters) - self.middle[0])


def slope(
    parameters: Sequence[float],
    effects: Sequence[float],
    errors: Sequence[float],
    stays: float,
    confidence: float = CONFIDENCE,
) -> Slope:
    """The effect's slope along log10 of the parameters, and what it says.

    `grows` and `shrinks` where the whole interval lies on one side of 0; `stays` where it lies within `stays` of it;
    else `cannot say`. On flat truth the two former are said together in at most 1 - `confidence` of cases
    (tests/decide/test_slope.py simulates it).

    Args:
        parameters: of each model.
        effects: one of each.
        errors: standard error of each by its items, above 0.
        stays: how much a tenfold may change an effect that stays.
        confidence: coverage of the slope's interval, in (0, 1).

    Raises:
        BadInput: fewer than 3 different sizes, or an error that is none.
    """
    from scipy.stats import t as student

    if len(set(parameters)) < FEWEST:
        raise BadInput(
            f"{len(set(parameters))} sizes with an effect: expected at least {FEWEST}, since any two lie on a line; "
            f"run the checks on more rungs"
        )
    along, seen = np.log10(np.asarray(parameters, dtype=float)), np.asarray(effects, dtype=float)
    noise = np.asarray(errors, dtype=float) ** 2
    if not (np.isfinite(seen).all() and np.isfinite(noise).all() and (noise > 0).all()):
        raise BadInput("an effect has no finite interval: expected lower end below upper end; ask more items (--limit)")
    between = _between(along, seen, noise)
    found, scatter, error, middle = _line(along, seen, 1 / (noise + between))
    freedom = len(along) - 2
    half = student.ppf((1 + confidence) / 2, freedom) * error * np.sqrt(max(1.0, scatter / freedom))
    low, high = float(found - half), float(found + half)
    return Slope(float(found), low, high, _trend(low, high, stays), float(np.sqrt(between)), len(along), middle)


def _trend(low: float, high: float, stays: float) -> Trend:
    if low > 0:
        return "grows"
    if high < 0:
        return "shrinks"
    return "stays" if -stays < low and high < stays else "cannot say"


def _line(along: np.ndarray, effects: np.ndarray, weights: np.ndarray) -> _Line:
    """Weighted least squares: slope, weighted squares about the line, the slope's error by the weights, the middle."""
    middle = np.average(along, weights=weights)
    spread = float((weights * (along - middle) ** 2).sum())
    level = np.average(effects, weights=weights)
    found = float((weights * (along - middle) * (effects - level)).sum()) / spread
    rest = effects - level - found * (along - middle)
    return found, float((weights * rest**2).sum()), spread**-0.5, (float(middle), float(level))


def _between(along: np.ndarray, effects: np.ndarray, noise: np.ndarray) -> float:
    """The variance between trainings that makes the scatter about the line what is expected; 0 where it is less."""
    freedom, low, high = len(along) - 2, 0.0, _WIDEST
    if _line(along, effects, 1 / noise)[1] <= freedom:
        return 0.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if _line(along, effects, 1 / (noise + middle))[1] > freedom:
            low = middle
        else:
            high = middle
    return (low + high) / 2
