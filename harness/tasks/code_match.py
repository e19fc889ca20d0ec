"""Whether a function's result is the expected one, as EvalPlus compares them. Pure.

Equal by Python's `==`, with two allowances: floats may differ a little, and a few tasks have an oracle of their own,
each with its reason below. After evalplus/eval/__init__.py and evalplus/eval/_special_oracle.py of
https://github.com/evalplus/evalplus at 26d6d00. Unlike there, NaN equals NaN.
"""

import cmath
import math
from collections.abc import Callable, Sequence
from typing import Any

from harness.execute.values import Other

_FLOAT_TOLERANCE = 1e-6  # absolute, of expected floats in tasks that name none
_RELATIVE_TOLERANCE = 1e-7
Oracle = Callable[[Sequence[Any], Any, Any, float], bool]
"""Arguments of the call, result, expected result, the task's tolerance."""


def is_match(entry_point: str, arguments: Sequence[Any], result: Any, expected: Any, atol: float) -> bool:  # noqa: ANN401
    """Whether `result` is right.

    Args:
        entry_point: name of the function, by which the tasks with an oracle of their own are known.
        arguments: of the call, as they were before it.
        result: what the judged function returned.
        expected: what the reference solution returned.
        atol: the task's absolute tolerance; 0 lets floats differ by 1e-6 and nothing else.
    """
    try:
        return ORACLES.get(entry_point, _plain)(arguments, result, expected, atol)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return False  # an oracle asked for a number or a collection, and the result is none


def is_equal(result: Any, expected: Any, atol: float) -> bool:  # noqa: ANN401  # any values
    """Equality with the allowance for floats."""
    if result == expected:
        return True
    tolerance = atol or (_FLOAT_TOLERANCE if _has_floats(expected) else 0.0)
    # a relaxed comparison asks for the same type, so that 1.0000001 is no right answer to 1
    return tolerance > 0 and type(result) is type(expected) and _is_close(result, expected, tolerance)


def _has_floats(expected: Any) -> bool:  # noqa: ANN401
    if isinstance(expected, list | tuple):
        return bool(expected) and all(isinstance(item, float) for item in expected)
    return isinstance(expected, float)


def _is_close(result: Any, expected: Any, tolerance: float) -> bool:  # noqa: ANN401
    if isinstance(expected, list | tuple):
        return (
            isinstance(result, list | tuple)
            and len(result) == len(expected)
            and all(_is_close(one, other, tolerance) for one, other in zip(result, expected, strict=True))
        )
    if result == expected:
        return True
    if not (isinstance(result, int | float | complex) and isinstance(expected, int | float | complex)):
        return False
    if cmath.isnan(expected):
        return cmath.isnan(result)
    return bool(abs(result - expected) <= tolerance + _RELATIVE_TOLERANCE * abs(expected))


def _plain(_: Sequence[Any], result: Any, expected: Any, atol: float) -> bool:  # noqa: ANN401
    return is_equal(result, expected, atol)


def _any_root(arguments: Sequence[Any], result: Any, _: Any, atol: float) -> bool:  # noqa: ANN401
    """HumanEval/32: a polynomial has several roots, and any is right."""
    (coefficients,) = arguments
    value = sum(coefficient * math.pow(result, power) for power, coefficient in enumerate(coefficients))
    return bool(abs(value) <= atol)


def _as_sets(_: Sequence[Any], result: Any, expected: Any, __: float) -> bool:  # noqa: ANN401
    """The task asks for elements, and the order of the reference's is a set's."""
    wanted = set(expected)  # a set of a hostile result could take hours to make
    return all(item in wanted for item in result) and {item for item in result if item in wanted} == wanted


def _some_value(_: Sequence[Any], result: Any, expected: Any, __: float) -> bool:  # noqa: ANN401
    """The reference returns a match object or None where a truth value is asked for; written results are booleans."""
    found, wanted = (value if isinstance(value, bool) else value is not None for value in (result, expected))
    return found == wanted


def _anything(_: Sequence[Any], __: Any, ___: Any, ____: float) -> bool:  # noqa: ANN401
    """Mbpp/164 asks for equality of "sums of divisors" without saying whether the number itself is one of them."""
    return True


def _or_zero(_: Sequence[Any], result: Any, expected: Any, atol: float) -> bool:  # noqa: ANN401
    """Mbpp/295: the sum of the proper divisors of 1 and below is 0 or what the reference makes of it."""
    return bool(result == 0) or is_equal(result, expected, atol)


def _or_perpendicular(arguments: Sequence[Any], result: Any, expected: Any, atol: float) -> bool:  # noqa: ANN401
    """Mbpp/581: the pyramid's "height" is the slanted one to the reference, but may be read as the perpendicular."""
    if is_equal(result, expected, atol):
        return True
    edge, height = arguments
    return bool(abs(result - round(edge**2 + 2 * edge * math.hypot(edge / 2, height))) <= atol)


def _or_aligned(arguments: Sequence[Any], result: Any, expected: Any, atol: float) -> bool:  # noqa: ANN401
    """Mbpp/558: the reference compares numbers of different lengths from the left; from the right is as good."""
    if is_equal(result, expected, atol):
        return True
    one, other = (str(number) for number in arguments)
    length = max(len(one), len(other))
    pairs = zip(one.zfill(length), other.zfill(length), strict=True)
    return bool(result == sum(abs(int(first) - int(second)) for first, second in pairs))


ORACLES: dict[str, Oracle] = {
    "find_zero": _any_root,
    "similar_elements": _as_sets,  # Mbpp/2
    "find_char_long": _as_sets,  # Mbpp/7
    "common_in_nested_lists": _as_sets,  # Mbpp/111
    "extract_singly": _as_sets,  # Mbpp/140
    "larg_nnum": _as_sets,  # Mbpp/232
    "intersection_array": _as_sets,  # Mbpp/249, not in MBPP+ 0.2.0
    "find_dissimilar": _as_sets,  # Mbpp/579
    "Diff": _as_sets,  # Mbpp/769
    "check_str": _some_value,  # Mbpp/737
    "text_match_three": _some_value,  # Mbpp/787
    "text_starta_endb": _some_value,  # Mbpp/794
    "are_equivalent": _anything,  # Mbpp/164, not in MBPP+ 0.2.0
    "sum_div": _or_zero,  # Mbpp/295, not in MBPP+ 0.2.0
    "surface_Area": _or_perpendicular,  # Mbpp/581
    "digit_distance_nums": _or_aligned,  # Mbpp/558
}


def is_comparable(entry_point: str, expected: Any) -> bool:  # noqa: ANN401
    """Whether an expected result can be compared with at all: it was carried over, or its oracle does without."""
    return ORACLES.get(entry_point) is _some_value or not _has_other(expected)


def _has_other(value: Any) -> bool:  # noqa: ANN401
    if isinstance(value, dict):
        return any(_has_other(item) for pair in value.items() for item in pair)
    return isinstance(value, Other) or (
        isinstance(value, list | tuple | set | frozenset) and any(_has_other(item) for item in value)
    )
