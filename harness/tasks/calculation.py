"""The exact value of a calculation that is given as tokens. Pure, and refused where it would take long."""

from collections.abc import Sequence
from fractions import Fraction

_MOST_TOKENS, _DEEPEST = 100, 20  # longer ones are loops
_HIGHEST_POWER, _LARGEST_BASE = 64, 10**6


def evaluated(tokens: Sequence[Fraction | str]) -> Fraction | None:
    """The exact value of a calculation: numbers, `+ - * / ^` and brackets; None where it is none or too costly."""
    if not tokens or len(tokens) > _MOST_TOKENS:
        return None
    left = list(reversed(tokens))
    try:
        value = _sum(left, 0)
    except (_NotReadError, ZeroDivisionError):
        return None
    return None if left else value


class _NotReadError(ValueError):
    """Tokens that are no calculation, or too costly a one."""


def _sum(left: list[Fraction | str], depth: int) -> Fraction:
    value = _product(left, depth)
    while left and left[-1] in ("+", "-"):
        value = value + _product(left, depth) if left.pop() == "+" else value - _product(left, depth)
    return value


def _product(left: list[Fraction | str], depth: int) -> Fraction:
    value = _factor(left, depth)
    while left and left[-1] in ("*", "/", "("):
        operator = "*" if left[-1] == "(" else left.pop()  # 2(9) is 18
        value = value * _factor(left, depth) if operator == "*" else value / _factor(left, depth)
    return value


def _factor(left: list[Fraction | str], depth: int) -> Fraction:
    token = left.pop() if left and depth <= _DEEPEST else ""
    if token == "-":  # noqa: S105  # not that kind of token
        if left and left[-1] == "-":
            raise _NotReadError
        return -_factor(left, depth + 1)
    if token == "(":  # noqa: S105
        token = _sum(left, depth + 1)
        if not left or left.pop() != ")":
            raise _NotReadError
    if isinstance(token, str):
        raise _NotReadError
    if left and left[-1] == "^":
        left.pop()
        return _power(token, _factor(left, depth + 1))
    return token


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    large = max(abs(base.numerator), base.denominator) > _LARGEST_BASE
    if large or exponent.denominator != 1 or abs(exponent) > _HIGHEST_POWER:
        raise _NotReadError
    return base ** int(exponent)
