"""Tests on one task's paired right/wrong outcomes (scipy)."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import BadInput


@dataclass(frozen=True)
class PairedTest:
    """McNemar's exact test."""

    lost: int
    """Items right before and wrong after."""
    gained: int
    """Items wrong before and right after."""
    p_value: float


def mcnemar(base: Sequence[float], pruned: Sequence[float]) -> PairedTest:
    """Whether two variants differ on the same items; scores must be 0 or 1.

    Raises:
        BadInput: a score is neither 0 nor 1, or the lengths differ.
    """
    from scipy.stats import binomtest

    if len(base) != len(pruned) or not {*base, *pruned} <= {0.0, 1.0}:
        raise BadInput("McNemar's test needs 0/1 scores of the same items before and after; use score_drop instead")
    pairs = list(zip(base, pruned, strict=True))
    lost, gained = pairs.count((1.0, 0.0)), pairs.count((0.0, 1.0))
    p_value = binomtest(lost, lost + gained).pvalue if lost + gained else 1.0
    return PairedTest(lost=lost, gained=gained, p_value=float(p_value))
