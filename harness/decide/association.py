"""Whether two things go together over the layers of a model. Pure."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from harness.decide.bootstrap import Interval, require_share
from harness.decide.resample import CONFIDENCE
from harness.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 2_000  # an association is shown beside a claim and decides none
_BATCH = 50  # resamples held in memory at once, each of layers x items


def spearman_over_layers(
    rise: Sequence[Sequence[float]],
    lost: Sequence[Sequence[float]],
    confidence: float = CONFIDENCE,
    resamples: int = RESAMPLES,
    seed: int = 0,
    *,
    null: float = 0.0,
) -> Interval:
    """Spearman's correlation, over layers, between the mean of one measure and the mean of another.

    Percentile bootstrap over items (`scipy.stats.bootstrap`), the same ones for every layer and both measures; the
    layers are all there are and are not resampled. Resamples in which a measure is equal in all layers have no ranks
    and are left out. Noise of the items blurs ranks, so the interval leans towards 0.

    Args:
        rise: (layers, items) of one measure, for example the rise of Rep when a layer is removed.
        lost: (layers, items) of the other, for example the accuracy lost.
        confidence: coverage, in (0, 1).
        resamples: bootstrap resamples.
        seed: of the resampling.
        null: the correlation that the p-value is about.

    Raises:
        BadInput: fewer than 3 layers or 2 items, different shapes, undefined values, or a measure without differences.
    """
    from scipy.stats import bootstrap

    require_share(confidence)
    first, second = _table(rise), _table(lost)
    if first.shape != second.shape or first.shape[0] < 3 or first.shape[1] < 2:  # noqa: PLR2004  # two ranks always agree
        raise BadInput(
            f"measures of {first.shape} and {second.shape} layers and items: expected the same for both, "
            f"at least 3 layers and 2 items; evaluate both on the same layers and items"
        )

    def statistic(index: "NDArray[np.intp]", axis: int = -1) -> "NDArray[np.float64]":  # noqa: ARG001  # scipy's interface
        return _spearman(first[:, index].mean(axis=-1), second[:, index].mean(axis=-1))

    estimate = float(statistic(np.arange(first.shape[1])))
    if not np.isfinite(estimate):
        raise BadInput(f"a measure is equal in all {len(first)} layers, so it has no ranks; expected one that differs")
    drawn = bootstrap(
        (np.arange(first.shape[1]),), statistic, n_resamples=resamples, confidence_level=confidence, vectorized=True,
        batch=_BATCH, method="percentile", rng=np.random.default_rng(seed),
    ).bootstrap_distribution  # fmt: skip
    drawn = drawn[np.isfinite(drawn)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    p_value = min(1.0, 2 * (min(int((drawn <= null).sum()), int((drawn >= null).sum())) + 1) / (len(drawn) + 1))
    return Interval(
        estimate, min(float(low), estimate), max(float(high), estimate), confidence, p_value, first.shape[1]
    )


def split_half_reliability(rows: Sequence[Sequence[float]], splits: int = 500, seed: int = 0) -> float:
    """How well the order of layers would come out again on other items: 1 for certain, 0 for luck alone.

    Spearman's correlation between the layers' means on two random halves of the items, stepped up to all items
    (Spearman-Brown), the mean over splits; 0 where a half has no order.

    Raises:
        BadInput: as in `spearman_over_layers`.
    """
    table = _table(rows)
    if table.shape[0] < 3 or table.shape[1] < 4:  # noqa: PLR2004  # two ranks always agree, a half needs two items
        raise BadInput(f"{table.shape} layers and items: expected at least 3 layers and 4 items; raise --limit")
    rng, half = np.random.default_rng(seed), table.shape[1] // 2
    orders = [rng.permutation(table.shape[1]) for _ in range(splits)]
    first = np.stack([table[:, order[:half]].mean(axis=1) for order in orders], axis=1)
    second = np.stack([table[:, order[half:]].mean(axis=1) for order in orders], axis=1)
    found = np.nan_to_num(_spearman(first, second))
    return float(np.mean(2 * found / (1 + np.maximum(found, 0))))


def _table(rows: Sequence[Sequence[float]]) -> "NDArray[np.float64]":
    if len({len(row) for row in rows}) != 1:
        raise BadInput(
            f"a measure of {[len(row) for row in rows]} items: expected as many in every layer, at least 1 layer"
        )
    table = np.asarray(rows, dtype=float)
    if not np.isfinite(table).all():
        raise BadInput("a measure has a value that is not a finite number; expected numbers, measure it again")
    return table


def _spearman(first: "NDArray[np.float64]", second: "NDArray[np.float64]") -> "NDArray[np.float64]":
    """Correlation of the ranks along the first axis; NaN where there are none."""
    from scipy.stats import rankdata

    # equal means summed in another order differ in the last bits, which are no ranks
    one, other = (rankdata(np.round(means, 9), axis=0) for means in (first, second))
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    with np.errstate(invalid="ignore"):
        return np.asarray((one * other).sum(axis=0) / np.sqrt((one**2).sum(axis=0) * (other**2).sum(axis=0)))
