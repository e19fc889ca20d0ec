"""Three verdicts, from an interval and the smallest effect that counts. Pure."""

import math

from harness.report.record import VerdictName


def decide(low: float, high: float, minimum: float) -> VerdictName:
    """Above `minimum` as a whole: `reproduced`; below as a whole: `contradicted`; else `inconclusive`.

    Effects are signed so that the claim predicts a large positive one.
    """
    if low > minimum:
        return "reproduced"
    if high < minimum:
        return "contradicted"
    return "inconclusive"


def items_to_decide(estimate: float, low: float, high: float, minimum: float, n: int) -> int | None:
    """Items after which an interval around the same estimate would clear `minimum`; None if it never would.

    The half-width of a bootstrap interval shrinks with the square root of the number of items.
    """
    distance = abs(estimate - minimum)
    half_width = estimate - low if estimate > minimum else high - estimate
    if distance == 0 or not (math.isfinite(distance) and math.isfinite(half_width)):
        return None
    return max(n, math.ceil(n * (half_width / distance) ** 2))


def reason(verdict: VerdictName, estimate: float, low: float, high: float, minimum: float, items: int | None) -> str:
    """One sentence that says why."""
    measured = f"{estimate:.3f} [{low:.3f}, {high:.3f}]"
    if verdict == "reproduced":
        return f"the effect {measured} lies above the claim's minimum {minimum:g}"
    if verdict == "contradicted":
        return f"the effect {measured} lies below the claim's minimum {minimum:g}"
    more = "no number of items would" if items is None else f"about {items} items would"
    return f"the effect {measured} does not clear the claim's minimum {minimum:g}; {more} decide it"
