"""Figures in words, with as many digits as it takes that none looks as if it lay elsewhere than it does. Pure.

An interval that ends at 0.6998 ends below 0.7, and "0.700" would say that it does not.
"""

import math

FEWEST, MOST = 3, 12


def figure(value: float | None, beside: float | None = None, *, fewest: int = FEWEST, sign: str = "") -> str:
    """A number in words; "undefined" where there is none.

    Args:
        value: what is shown.
        beside: what it is held against; where it lies above or below, so does what is shown, given digits enough.
        fewest: digits behind the point, unless that takes more.
        sign: "+" to show the sign of positive numbers too.
    """
    if value is None:
        return "undefined"
    digits = fewest
    if beside is not None and math.isfinite(value):
        while digits < MOST and _side(round(value, digits), beside) != _side(value, beside):
            digits += 1
    return f"{value:{sign}.{digits}f}"


def _side(value: float, beside: float) -> int:
    return int(value > beside) - int(value < beside)  # numpy's truths do not subtract


def in_words(
    estimate: float | None,
    low: float | None,
    high: float | None,
    beside: float | None = None,
    *,
    fewest: int = FEWEST,
    sign: str = "",
) -> str:
    """An estimate with its interval: `0.712 [0.6998, 0.745]` beside 0.7."""
    one, first, last = (figure(value, beside, fewest=fewest, sign=sign) for value in (estimate, low, high))
    return f"{one} [{first}, {last}]"
