"""Whether a result differs from its baseline: the same items are compared in pairs, not two floats.

Float32 kernels of another machine flip a few borderline items. So a variant and task counts as changed only when a
paired test says so after Holm's correction over everything the file holds, *and* the total moved by more than the
noise floor. Both directions count: with equal weights and items, a gain is a change of the harness too. Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.decide.multiplicity import holm
from harness.decide.noise import same_within
from harness.decide.paired import mcnemar

NOISE_FLOOR = 0.02  # of a task's items; measured flip rates between batch sizes are in docs/statistics.md
ALPHA = 0.01  # after Holm: a baseline is compared in every run, so a false alarm has to be rare
SAME = ("claim", "model_fingerprint", "params", "verdict", "items", "seeds")
"""Must be equal, all of them; a baseline of the first format has no seeds."""
WORST = 3

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
    """McNemar's exact test of right-or-wrong scores, an exact sign test of others; not corrected."""
    worst: tuple[int, ...]
    """Positions of the items that lost most."""

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
    p_value = mcnemar(old, new).p_value if binary else sign_test(lost, gained)
    losing = sorted((place for place, (a, b) in pairs.items() if a > b), key=lambda place: _change(pairs[place]))
    return Comparison(name, sum(old), sum(new), len(pairs), lost, gained, p_value, tuple(losing[:WORST]))


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
        floor: share of a task's items by which a total may move; where `old` holds flip rates of a task that are
            larger, the largest of them.
    """
    keys = [key for key in SAME if key in old or key != "seeds"]
    found = [f"{key}: was {old.get(key)!r}, is {new.get(key)!r}" for key in keys if old.get(key) != new.get(key)]
    if old.get("items") != new.get("items"):
        return [*found, "the items differ, so their scores were not compared"] if "scores" in old else found
    if "item_scores" in old and "item_scores" in new:
        floors = {task: max(floor, *rates.values()) for task, rates in old.get("flip_rates", {}).items()}
        found += _paired(old["item_scores"], new["item_scores"], ids or {}, floor, floors)
    else:
        found += _totals(old.get("scores", {}), new.get("scores", {}), floor)
    return [*_removed(old, new), *found] if found else []


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
    adjusted = holm([comparison.p_value for comparison in compared])
    return _unpaired(before, after, both) + [
        _sentence(comparison, p, len(compared), ids.get(comparison.task, ()))
        for comparison, p in zip(compared, adjusted, strict=True)
        if p < ALPHA
        and not same_within(comparison.before, comparison.after, comparison.n, floors.get(comparison.task, floor))
    ]


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
