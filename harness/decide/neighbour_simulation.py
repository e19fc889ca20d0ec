"""The neighbours' claims on simulated answers whose truth is known, as `simulation` does for the paper's ten. Pure.

The truths of a claim about being no worse are differences of retention, as for the paper's claim 6.
"""

from typing import TYPE_CHECKING

import numpy as np

from harness.decide.association import spearman_over_layers
from harness.decide.bootstrap import Interval, retention_interval
from harness.decide.drops import mean_gain_lost
from harness.decide.simulation import Size, World, answers, paired_answers

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLES = 8  # drawn answers an item
SPREAD = 2.0  # a + b of the Beta distribution of an item's chance to be answered right
NEAR = 0.02  # how far below the wanted correlation that of the layers which are drawn may be; never above


def threshold(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Classification retention `first`."""
    return retention_interval(paired_answers(rng, size.classification, world.first), resamples=resamples)


def invariance(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Spearman's correlation `first` between what the layers are worth in two states."""
    first, second = _importances(rng, size.layers, world.first)
    items = sum(n for n, _ in size.reasoning)

    def rows(losses: "NDArray[np.float64]") -> list[list[float]]:
        difficulty = rng.normal(size=items)
        return [[1 - score for score in answers(rng, difficulty, 1 - loss)] for loss in losses]

    return spearman_over_layers(rows(first), rows(second), resamples=resamples)


def votes(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Gains from a vote where one drawn answer is right with `first` before and `second` after.

    Wrong answers never agree, so a vote is right when two answers are, which errs towards large gains.
    """
    items = size.worked[0][0]
    before, after = (_gains(rng, items, accuracy) for accuracy in (world.first, world.second))
    return mean_gain_lost(before, after, resamples=resamples)


def _importances(
    rng: np.random.Generator, layers: int, correlation: float
) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    """Losses of accuracy from .05 to .95, evenly spread; the two orders correlate as wanted."""
    from scipy.stats import spearmanr

    losses = np.linspace(0.05, 0.95, layers)
    latent = 2 * np.sin(np.pi * correlation / 6)  # Pearson's correlation of normals with this rank correlation
    while True:
        one = rng.normal(size=layers)
        other = latent * one + np.sqrt(max(0.0, 1 - latent**2)) * rng.normal(size=layers)
        if 0 <= correlation - spearmanr(one, other).statistic < NEAR:
            return losses[one.argsort().argsort()], losses[other.argsort().argsort()]


def _gains(rng: np.random.Generator, items: int, accuracy: float) -> tuple[float, ...]:
    chances = rng.beta(SPREAD * accuracy, SPREAD * (1 - accuracy), items)
    right = rng.binomial(SAMPLES, chances)
    return tuple(np.where(right > 1, 1.0, 0.0) - right / SAMPLES)
