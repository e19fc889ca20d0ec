"""Random weights on items: what an effect could have been on other items of the same kind.

Bayesian bootstrap (Rubin 1981): items of a task get Dirichlet(1, ..., 1) weights instead of being drawn with
replacement. One imagined item joins them, the worst possible one for the lower end and the best possible one for the
upper end (Learned-Miller and Thomas 2019, arXiv 1905.06208). For right/wrong answers of one task this is exactly the
Clopper-Pearson interval, so where all n items agree the ends lie 3.7 / n away (at 95 %) instead of nowhere; among
hundreds of items one more hardly counts. The bootstrap with replacement gave five agreeing items a width of zero.

Tasks that ask the same items (two forms of one benchmark) are weighted together: an item that is hard in one form is
hard in the other, and weights of their own for each would make a mean over both look surer than it is.

Assumes scores in [0, 1] and an effect that is monotone in every task's means.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 10_000
CONFIDENCE = 0.95
_CELLS = 200_000  # weights of one task held in memory at once

Means = Callable[[Sequence["NDArray[np.float64]"], Sequence["NDArray[np.float64]"]], "NDArray[np.float64]"]


@dataclass(frozen=True)
class Draws:
    """An effect under random weights of its items."""

    estimate: float
    """The effect with equal weights, without the imagined item."""
    pessimistic: "NDArray[np.float64]"
    """The effect in each resample, the imagined item being the worst possible one."""
    optimistic: "NDArray[np.float64]"
    """The same weights, the imagined item being the best possible one."""
    n: int
    """Items, over all tasks; those that several tasks ask count once."""

    def ends(self, confidence: float) -> tuple[float, float]:
        """Lower and upper end of the percentile interval; the estimate always lies inside."""
        tail = (1 - confidence) / 2
        low, high = np.quantile(self.pessimistic, tail), np.quantile(self.optimistic, 1 - tail)
        return min(float(low), self.estimate), max(float(high), self.estimate)

    def p_value(self, null: float = 0.0) -> float:
        """Two-sided, for an effect of `null`; the observed sample counts once, so it is never 0."""
        below, above = int((self.pessimistic <= null).sum()) + 1, int((self.optimistic >= null).sum()) + 1
        return min(1.0, 2 * min(below, above) / (len(self.pessimistic) + 1))


def draw(
    pairs: Sequence["NDArray[np.float64]"],
    effect: Means,
    resamples: int,
    seed: int,
    least: float = 0.0,
    items: Sequence[str] = (),
) -> Draws:
    """The effect under random weights, the same for both scores of an item.

    Args:
        pairs: one array (items, 2) a task: score after, score before.
        effect: maps (means after, means before), each one array a task, to the effect.
        resamples: how many weightings.
        seed: of the weights.
        least: smallest score possible afterwards; -1 where that is a difference of two scores.
        items: what each task's items are called: tasks of one name have the same items in one order, and the same
            weights; "" and a name of its own draw weights of their own. Empty: every task does.
    """
    rng = np.random.default_rng(seed)
    names = items or [""] * len(pairs)
    drawn = _weigh_all(pairs, names, resamples, rng)
    means = [scores.mean(axis=0) for scores in pairs]

    def of(imagined: Sequence["NDArray[np.float64]"]) -> "NDArray[np.float64]":
        sums = [seen + weight * item for (seen, weight), item in zip(drawn, imagined, strict=True)]
        return effect([both[:, 0] for both in sums], [both[:, 1] for both in sums])

    # a base that the imagined item brings down to chance has an infinite corrected retention: no end on that side
    with np.errstate(divide="ignore"):
        extremes = [_extremes(means, task, len(scores), effect, least) for task, scores in enumerate(pairs)]
        pessimistic, optimistic = of([worst for worst, _ in extremes]), of([best for _, best in extremes])
    estimate = float(effect([mean[0] for mean in means], [mean[1] for mean in means]))
    asked = {name or place: len(scores) for place, (name, scores) in enumerate(zip(names, pairs, strict=True))}
    return Draws(estimate, pessimistic, optimistic, sum(asked.values()))


def _weigh_all(
    pairs: Sequence["NDArray[np.float64]"], items: Sequence[str], resamples: int, rng: np.random.Generator
) -> list[tuple["NDArray[np.float64]", "NDArray[np.float64]"]]:
    """As `_weigh`, for each task in order; tasks of the same items side by side."""
    drawn: dict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = {}
    for task, name in enumerate(items):
        if task not in drawn:
            together = [other for other in range(task, len(items)) if other == task or (name and items[other] == name)]
            sums, rest = _weigh(np.hstack([pairs[other] for other in together]), resamples, rng)
            columns = np.hsplit(sums, len(together))
            drawn |= {other: (columns[place], rest) for place, other in enumerate(together)}
    return [drawn[task] for task in range(len(pairs))]


def _weigh(
    scores: "NDArray[np.float64]", resamples: int, rng: np.random.Generator
) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    """Weighted sums (resamples, columns) of the items seen, and the weight (resamples, 1) left to the imagined one."""
    # weights of equal items add up to a gamma variate of their number: 0/1 scores have four kinds of items at most
    kinds, counts = _distinct(scores)
    shape = np.append(counts, 1.0)
    sums, rest, batch = [], [], max(1, _CELLS // len(shape))
    for start in range(0, resamples, batch):
        weights = rng.standard_gamma(shape, (min(batch, resamples - start), len(shape)))
        weights /= weights.sum(axis=1, keepdims=True)
        sums.append(weights[:, :-1] @ kinds)
        rest.append(weights[:, -1:])
    return np.concatenate(sums), np.concatenate(rest)


def _distinct(rows: "NDArray[np.float64]") -> tuple["NDArray[np.float64]", "NDArray[np.intp]"]:
    """The rows that differ, in order, and how often each occurs."""
    if rows.shape[1] != 2:  # noqa: PLR2004  # a pair is sorted as a complex number, ten times as fast
        return np.unique(rows, axis=0, return_counts=True)
    packed, counts = np.unique(rows[:, 0] + 1j * rows[:, 1], return_counts=True)
    return np.column_stack([packed.real, packed.imag]), counts


def _extremes(
    means: Sequence["NDArray[np.float64]"], task: int, n: int, effect: Means, least: float
) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
    """The items (after, before) that would pull the effect down and up the most, were they added to a task."""

    def with_item(item: "NDArray[np.float64]") -> float:
        moved = [*means[:task], (n * means[task] + item) / (n + 1), *means[task + 1 :]]
        return float(effect([mean[0] for mean in moved], [mean[1] for mean in moved]))

    corners = sorted((np.array(corner) for corner in product((least, 1.0), (0.0, 1.0))), key=with_item)
    return corners[0], corners[-1]
