"""Whether two things go together over the layers of a model. Pure."""

import warnings
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
_HALVES = 20  # ways to halve the items, of which the mean is taken
_GROUPS = 20  # of items, each left out once
OPEN = 4 / 3  # by how much the order of layers that are not told apart counts as luck


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
    from scipy.stats import DegenerateDataWarning, bootstrap

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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateDataWarning)  # resamples without ranks are left out below
        drawn = bootstrap(
            (np.arange(first.shape[1]),), statistic, n_resamples=resamples, confidence_level=confidence,
            vectorized=True, batch=_BATCH, method="percentile", rng=np.random.default_rng(seed),
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
    rng, items = np.random.default_rng(seed), table.shape[1]
    early = np.stack([rng.permutation(items).argsort() < items // 2 for _ in range(splits)], axis=1)
    first, second = (table @ (half / half.sum(axis=0)) for half in (early, ~early))
    found = np.nan_to_num(_spearman(first, second))
    return float(np.mean(2 * found / (1 + np.maximum(found, 0))))


def disagreement_over_depth(
    one: Sequence[Sequence[float]],
    other: Sequence[Sequence[float]],
    confidence: float = CONFIDENCE,
    seed: int = 0,
    *,
    null: float = 0.0,
) -> Interval:
    """1 - the rank correlation, over relative depth, of what two models' layers are worth, net of noise; in [0, 2].

    Luck of the items makes any two orders disagree, so the correlation between the models is divided by the geometric
    mean of each model's with itself (Spearman 1904). All of them are between two random halves of the items: what two
    models have in common because they were asked the same items is in none. Student's interval of a jackknife over
    groups of items: a bootstrap would blur the ranks once more. The layers are all there are. Those that lose almost
    the same come in no order that other items would repeat, and what their true order would add to the correlation is
    in no item: it widens the interval by OPEN times a correlation's own error at as many layers, for the share of the
    ranks that stays open (measured by `python -m harness power`: without it, true correlations of .5 fell outside on
    either side in one run of ten where most layers lose little).

    Args:
        one: (layers, items) what a model loses without each layer.
        other: the same of another model, maybe of another depth, on the same items.
        confidence: coverage, in (0, 1).
        seed: of the halves and groups.
        null: the disagreement that the p-value is about.

    Raises:
        BadInput: fewer than 4 layers or items, other items, or undefined values.
    """
    from scipy.stats import t as student

    require_share(confidence)
    first, second = _table(one), _table(other)
    items = first.shape[1]
    if second.shape[1] != items or min(*first.shape, *second.shape) < 4:  # noqa: PLR2004  # 3 ranks often agree
        raise BadInput(
            f"two models of {first.shape} and {second.shape} layers and items: expected the same items, at least 4, "
            f"and at least 4 layers; ask both models the same, and more items (--limit)"
        )
    depth, rng = min(len(first), len(second)), np.random.default_rng(seed)
    halves = [rng.permutation(items) < items // 2 for _ in range(_HALVES)]
    groups = min(_GROUPS, items)
    left_out = rng.permutation(items)[:, None] % groups == np.arange(-1, groups)  # the first column leaves out none
    correlations, reliable = _noiseless(at_depths(first, depth), at_depths(second, depth), ~left_out, halves)
    whole, *without = 1 - correlations
    unseen = OPEN * max(0.0, 1 - (1 - whole) ** 2) * np.sqrt((1 - reliable) / depth)
    error = np.hypot(np.sqrt((groups - 1) * np.var(without)), unseen)
    estimate = float(np.clip(np.nan_to_num(whole, nan=1.0), 0, 2))
    if not 0 < error < np.inf:  # items that all say the same, or a model that does not agree with itself
        return Interval(estimate, 0.0, 2.0, confidence, 1.0, items)
    half = student.ppf((1 + confidence) / 2, groups - 1) * error
    low, high = np.clip([estimate - half, estimate + half], 0, 2)
    p_value = 2 * student.sf(abs(whole - null) / error, groups - 1)
    return Interval(estimate, float(low), float(high), confidence, float(p_value), items)


def at_depths(table: "NDArray[np.float64]", depth: int) -> "NDArray[np.float64]":
    """A table of layers (first axis) read off at `depth` places from the first layer to the last, linearly."""
    places = np.linspace(0, len(table) - 1, depth)
    below = np.minimum(places.astype(int), max(0, len(table) - 2))
    share = (places - below).reshape(-1, *[1] * (table.ndim - 1))
    return np.asarray((1 - share) * table[below] + share * table[np.minimum(below + 1, len(table) - 1)])


def _noiseless(
    one: "NDArray[np.float64]",
    other: "NDArray[np.float64]",
    chosen: "NDArray[np.bool_]",
    halves: Sequence["NDArray[np.bool_]"],
) -> tuple["NDArray[np.float64]", float]:
    """Correlation of two tables (layers, items) on each choice (items, choices) of their items, net of noise.

    Beyond 1 by luck; NaN where a model does not agree with itself, so that nothing is known of the other. Beside it how
    much the two agree with themselves, in [0, 1], on the first choice.
    """
    parts = [chosen & half[:, :, None] for half in (np.stack(halves), ~np.stack(halves))]  # (halves, items, choices)
    shares = [part / part.sum(axis=1, keepdims=True) for part in parts]
    (early, late), (first, last) = ([np.moveaxis(table @ share, 1, 0) for share in shares] for table in (one, other))
    between = np.nan_to_num(_spearman(early, last) + _spearman(late, first)).mean(axis=0) / 2
    within = np.nan_to_num([_spearman(early, late), _spearman(first, last)]).mean(axis=1)
    own = np.sqrt(np.maximum(within, 0).prod(axis=0))
    return np.divide(between, own, out=np.full_like(own, np.nan), where=own > 0), float(own[0])


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
