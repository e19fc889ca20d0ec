"""Whether a result differs from its baseline: the same items are compared in pairs, not two floats.

Float32 kernels of another machine flip a few borderline items. So a variant and task counts as changed only when more
answers changed one way than flips at the noise floor explain (`beyond_noise`), after Holm's correction over everything
the file holds; scores that are neither right nor wrong have a sign test, and a total that may move by the floor. What
costs every variant and task a little is seen by one test over all of them. Both directions count: with equal weights
and items, a gain is a change of the harness too.

A verdict must be the same, unless it turned by a hair (`borderline`). Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from harness.decide.multiplicity import holm
from harness.decide.noise import same_within
from harness.report.common import on_common_items

NOISE_FLOOR = 0.02  # of a task's items; measured flip rates between batch sizes are in docs/statistics.md
ALPHA = 0.01  # after Holm: a baseline is compared in every run, so a false alarm has to be rare
POOLED_ALPHA = 0.001  # of the one test over everything, which hundreds of items make sharp
HAIR = 0.25  # of the way from the estimate to the end that decides: so near to the minimum, a few items turn a verdict
SAME = ("claim", "model_fingerprint", "params", "verdict", "items", "seeds")
"""Must be equal, all of them; a baseline of the first format has no seeds."""
WORST = 3
_ENDS = {
    frozenset(("inconclusive", "reproduced")): "low",
    frozenset(("inconclusive", "contradicted")): "high",
}
_NO_FLIPS = 1e-9  # a Poisson mean of 0 has no distribution

Packed = str | list[float | None]


@dataclass(frozen=True)
class Comparison:
    """One variant and task, in the baseline and today."""

    name: str
    """`variant | task`."""
    before: float
    """Total score in the baseline."""
    after: float
    n: int
    lost: int
    """Items whose score fell."""
    gained: int
    p_value: float
    """Exact sign test, which of right-or-wrong scores is McNemar's; not corrected."""
    worst: tuple[int, ...]
    """Positions of the items that lost most."""
    binary: bool = True
    """Whether its scores are right or wrong."""

    @property
    def task(self) -> str:
        """The task of `name`."""
        return self.name.split(" | ")[-1]


def compare(name: str, before: Packed, after: Packed) -> Comparison:
    """Two stored lists of scores of the same items; items undefined in either are left out."""
    scores = list(zip(_unpacked(before), _unpacked(after), strict=True))
    pairs = {place: (a, b) for place, (a, b) in enumerate(scores) if a is not None and b is not None}
    old, new = [a for a, _ in pairs.values()], [b for _, b in pairs.values()]
    lost, gained = (sum(a > b for a, b in pairs.values()), sum(a < b for a, b in pairs.values()))
    binary = isinstance(before, str) and isinstance(after, str)
    losing = sorted((place for place, (a, b) in pairs.items() if a > b), key=lambda place: _change(pairs[place]))
    return Comparison(
        name, sum(old), sum(new), len(pairs), lost, gained, sign_test(lost, gained), tuple(losing[:WORST]), binary
    )


@cache
def sign_test(lost: int, gained: int) -> float:
    """Two-sided p of as uneven a split if every changed item were as likely to lose as to gain (exact)."""
    from scipy.stats import binomtest

    return float(binomtest(lost, lost + gained).pvalue) if lost + gained else 1.0


def differences(
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    ids: Mapping[str, Sequence[str]] | None = None,
    floor: float = NOISE_FLOOR,
) -> list[str]:
    """What changed between two baselines beyond chance and the noise floor, one sentence each.

    Args:
        old: the stored baseline; one without `item_scores` is compared by its totals.
        new: today's.
        ids: task -> item ids, to name the worst items; without it their positions are named.
        floor: share of a task's answers that numerics may flip, or by which a total of other scores may move; where
            `old` holds flip rates of a task that are larger, the largest of them.
    """
    old, new = on_common_items(old, new)
    keys = [key for key in SAME if key in old or key != "seeds"]
    changed = [key for key in keys if old.get(key) != new.get(key)]
    found = [f"{key}: was {old.get(key)!r}, is {new.get(key)!r}" for key in changed]
    if old.get("items") != new.get("items"):
        return [*found, "the items differ, so their scores were not compared"] if "scores" in old else found
    if "item_scores" in old and "item_scores" in new:
        floors = {task: max(floor, *rates.values()) for task, rates in old.get("flip_rates", {}).items()}
        moved = _paired(old["item_scores"], new["item_scores"], ids or {}, floor, floors)
        if changed == ["verdict"] and not moved and _by_a_hair(old, new):
            return []
    else:
        moved = _totals(old.get("scores", {}), new.get("scores", {}), floor)
    found += moved
    return [*_removed(old, new), *found] if found else []


def borderline(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """What is to be said of a verdict that turned by a hair, which is no difference; None where it did not.

    By a hair: `inconclusive` became `reproduced` or `contradicted` or the other way round, no score differs, and before
    and after the end of the interval that decides lies no farther from the minimum than `HAIR` of its distance to the
    estimate.
    """
    end = _deciding_end(old, new)
    if end is None or differences(old, new):
        return None
    return (
        f"{new['claim']}: was {old['verdict']} in the baseline and is {new['verdict']} by a hair: the {end} end of the "
        f"interval went from {old['effect'][end]:.4f} to {new['effect'][end]:.4f}, past the minimum "
        f"{new['minimum']:g}, while the scores agree within the noise; more items would settle it"
    )


def _by_a_hair(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    end, minimum = _deciding_end(old, new), new.get("minimum")
    effects = [found["effect"] for found in (old, new) if found.get("effect")]
    if end is None or minimum is None or old.get("minimum", minimum) != minimum or len(effects) < len((old, new)):
        return False
    return all(abs(effect[end] - minimum) <= HAIR * abs(effect["estimate"] - effect[end]) for effect in effects)


def _deciding_end(old: Mapping[str, Any], new: Mapping[str, Any]) -> str | None:
    """Which end lies on another side of the minimum where one of two verdicts is `inconclusive`."""
    return _ENDS.get(frozenset((str(old.get("verdict")), str(new.get("verdict")))))


def _removed(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """What explains most changes: other layers. No change of its own, since other layers may do as well."""
    before, after = old.get("removed"), new.get("removed")
    return [f"removed: was {before}, is {after}"] if before and after and before != after else []


def _paired(
    before: Mapping[str, Packed],
    after: Mapping[str, Packed],
    ids: Mapping[str, Sequence[str]],
    floor: float,
    floors: Mapping[str, float],
) -> list[str]:
    both = [name for name in sorted(before.keys() & after.keys()) if len(before[name]) == len(after[name])]
    compared = [compare(name, before[name], after[name]) for name in both]
    shares = [floors.get(comparison.task, floor) for comparison in compared]
    adjusted = holm([_p_value(comparison, share) for comparison, share in zip(compared, shares, strict=True)])
    found = [
        _sentence(comparison, p, len(compared), ids.get(comparison.task, ()))
        for comparison, share, p in zip(compared, shares, adjusted, strict=True)
        if p < ALPHA
        and (comparison.binary or not same_within(comparison.before, comparison.after, comparison.n, share))
    ]
    binary = [(comparison, share) for comparison, share in zip(compared, shares, strict=True) if comparison.binary]
    together = beyond_noise(binary)
    if not found and together < POOLED_ALPHA:
        found = [_all_together([comparison for comparison, _ in binary], together)]
    return [*_unpaired(before, after, both), *found]


def _p_value(comparison: Comparison, floor: float) -> float:
    return beyond_noise([(comparison, floor)]) if comparison.binary else comparison.p_value


def beyond_noise(compared: Sequence[tuple[Comparison, float]]) -> float:
    """How often right-or-wrong answers would change one way as much as they did, if only numerics changed them.

    The p-value is the largest of three: of as large a net change where every answer flips at its task's rate, right or
    wrong, so that of the more frequent kind more flip; of the same where as many flip each way; and of as uneven a
    split of those that changed (sign test), whatever their number. Flips are counted as Poisson variates, which spread
    a little wider than the binomial ones that they stand for. Over one cell or over all: net changes add up.

    Args:
        compared: cells, each with the share of its items that numerics may flip.
    """
    lost, gained = sum(cell.lost for cell, _ in compared), sum(cell.gained for cell, _ in compared)
    right, every = sum(rate * cell.before for cell, rate in compared), sum(rate * cell.n for cell, rate in compared)
    frequent = (right, every - right) if lost > gained else (every - right, right)
    net = abs(lost - gained)
    return max(_tail(net, *frequent), _tail(net, every / 2, every / 2), sign_test(lost, gained))


def _tail(net: int, one_way: float, other_way: float) -> float:
    """Two-sided p of a net change, from the expected flips each way (Skellam's distribution)."""
    from scipy.stats import skellam

    return min(1.0, 2 * float(skellam.sf(net - 1, max(one_way, _NO_FLIPS), max(other_way, _NO_FLIPS))))


def _all_together(compared: Sequence[Comparison], p_value: float) -> str:
    right, n = round(sum(cell.before for cell in compared)), sum(cell.n for cell in compared)
    lost, gained = sum(cell.lost for cell in compared), sum(cell.gained for cell in compared)
    return (
        f"all right-or-wrong answers together: {lost} of {right} right ones lost and {gained} of {n - right} others "
        f"gained, more than numerics explain (p = {p_value:.2g}), though no task alone shows it"
    )


def _sentence(comparison: Comparison, adjusted: float, looks: int, ids: Sequence[str]) -> str:
    worst = ", ".join(ids[place] if place < len(ids) else f"number {place}" for place in comparison.worst)
    return (
        f"{comparison.name}: {comparison.lost} of {comparison.n} items lost and {comparison.gained} gained, total "
        f"{comparison.before:.1f} -> {comparison.after:.1f}, p = {adjusted:.2g} (Holm over {looks} comparisons)"
        + (f"; worst items: {worst}" if worst else "")
    )


def _totals(before: Mapping[str, list[float]], after: Mapping[str, list[float]], floor: float) -> list[str]:
    """A baseline of the first format holds [total score, items] only, so there is nothing to pair."""
    both = sorted(before.keys() & after.keys())
    found = _unpaired(before, after, both)
    for name in both:
        (a, n), (b, m) = before[name], after[name]
        if n != m or not same_within(a, b, int(n), floor):
            found.append(f"{name}: was {a} of {n}, is {b} of {m}, more than {max(floor * n, 1.0):.1f} apart")
    return found


def _unpaired(before: Mapping[str, Any], after: Mapping[str, Any], both: Sequence[str]) -> list[str]:
    def what(name: str) -> str:
        if name not in before:
            return "new"
        return "gone" if name not in after else f"had {len(before[name])} items, has {len(after[name])}"

    return [f"{name}: {what(name)}" for name in sorted((before.keys() | after.keys()) - set(both))]


def _unpacked(packed: Packed) -> list[float | None]:
    return [float(digit) for digit in packed] if isinstance(packed, str) else list(packed)


def _change(pair: tuple[float, float]) -> float:
    return pair[1] - pair[0]
