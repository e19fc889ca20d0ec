from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.probe.calculations import calculations, false_calculations

numbers = st.integers(0, 99_999)
operators = st.sampled_from(
    [("+", "+"), ("-", "-"), ("*", "*"), ("x", "*"), ("×", "*"), ("·", "*"), (r"\times", "*"), ("−", "-")]  # noqa: RUF001
)
renderings = st.sampled_from(
    [
        "{a} {op} {b} = {c}",
        "{a} {op} {b} = {c} .",
        "so ${a:,} {op} ${b:,} = ${c:,}.",
        "He has {a} {op} {b} = {c} apples",
        "- {a} {op} {b} = {c}",
        "({a} {op} {b} = {c})",
        r"\( {a} {op} {b} = \boxed{{{c}}} \)",
        "that is <<{a}{op} {b}={c}>>, you see",
        "{a} {op} {b} = **{c}**",
        "y = {a} {op} {b} = {c}",
        "({a}) {op} ({b}) = {c}",
    ]
)


def compute(a, operator, b):
    return {"+": a + b, "-": a - b, "*": a * b}[operator]


@given(numbers, operators, numbers, renderings)
def test_true_calculations_are_never_called_false(a, signs, b, rendering):
    """However the operator, the numbers and the text around are written, it is read and true."""
    written, operator = signs
    text = rendering.format(a=a, op=written, b=b, c=compute(a, operator, b))

    assert [true for _, true in calculations(text)] == [True]


@given(numbers, operators, numbers, renderings, st.integers(-999, 999).filter(bool))
def test_false_calculations_are_always_found(a, signs, b, rendering, slip):
    """A result that is off by any whole number is a slip."""
    written, operator = signs
    result = compute(a, operator, b) + slip

    assert [f"{a} {operator} {b} = {result}"] == [
        found.replace("( ", "").replace(" )", "")
        for found in false_calculations(rendering.format(a=a, op=written, b=b, c=result))
    ]


@given(numbers, st.integers(1, 999), st.integers(1, 4))
def test_rounded_and_cut_quotients_are_true(a, b, decimals):
    """Within one unit of the last written place, and false two units away."""
    quotient, unit = Fraction(a, b), Fraction(1, 10**decimals)
    cut = quotient // unit * unit

    assert false_calculations(f"{a} / {b} = {float(cut):.{decimals}f}") == []
    assert false_calculations(f"{a} ÷ {b} = {float(quotient):.{decimals}f}") == []
    assert len(false_calculations(f"{a} / {b} = {float(cut + 2 * unit):.{decimals}f}")) == 1


@given(st.text(st.sampled_from("0123456789+-*/x×÷=().,$<>%^ \n!"), max_size=60))  # noqa: RUF001
def test_any_text_can_be_read(text):
    """Nothing raises, and nothing is false without an equals sign."""
    assert "=" in text or not calculations(text)
    assert set(false_calculations(text)) <= {written for written, _ in calculations(text)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("24 + 12 = 36 . 36 + 14 = 51 . #### 51", [("24 + 12 = 36", True), ("36 + 14 = 51", False)]),
        ("2 + 3 * 4 = 14", [("2 + 3 * 4 = 14", True)]),
        ("2 + 3 * 4 = 20", [("2 + 3 * 4 = 20", False)]),
        ("(2 + 3) * 4 = 20", [("( 2 + 3 ) * 4 = 20", True)]),
        ("10 - 4 - 3 = 3", [("10 - 4 - 3 = 3", True)]),
        ("2*3+1 = 6+1 = 7", [("2 * 3 + 1 = 7", True), ("6 + 1 = 7", True)]),
        ("23*3 = 60 + 8 = 68", [("23 * 3 = 68", False), ("60 + 8 = 68", True)]),
        ("7 = 3 + 5", [("3 + 5 = 7", False)]),
        ("48/2 = <<48/2=25>>24", [("48 / 2 = 24", True), ("48 / 2 = 25", False)]),
        ("4 - 9 = -5", [("4 - 9 = -5", True)]),
        ("-3 + 4 = 2", [("- 3 + 4 = 2", False)]),
        ("3 * -2 = 6", [("3 * - 2 = 6", False)]),
        ("$2.50 + $.75 = $3.25", [("2.50 + .75 = 3.25", True)]),
        ("1.25 + 1.25 = 2.51", [("1.25 + 1.25 = 2.51", False)]),
        ("1,200 x 3 = 3,600", [("1200 * 3 = 3600", True)]),
        ("3x4=13", [("3 * 4 = 13", False)]),
        ("1. 3 + 4 = 8", [("3 + 4 = 8", False)]),
    ],
)
def test_readings_by_hand(text, found):
    """Precedence, brackets, chains, annotations, signs, money."""
    assert found == calculations(text)


@pytest.mark.parametrize(
    "text",
    [
        "2x + 3 = 7",
        "x + 3 = 7",
        "x1 + 3 = 5",
        "f(3) + 4 = 9",
        "3 + 4 = 2y",
        "2^3 + 1 = 9",
        "2 ** 3 + 1 = 9",
        "3² + 4 = 13",
        "√9 + 1 = 4",
        "3! + 1 = 7",
        "5 apples - 3 + 4 = 6",
        "2 hours * 3 + 4 = 10",
        "half of 10 + 2 = 7",
        "5 times 3 + 4 = 19",
        "3:30 + 2 = 5:30",
        "20% * 50 = 10",
        "1,2345 + 1 = 3",
        "1,23 + 4 = 5",
        "5 * 200 = 1 thousand",
        "2 * 50 / 0 = 5",
        "2 1/2 * 2 = 5",
        "3 = 4",
        "3 + 4 != 8",
        "1" * 5000 + " + 1 = 2",
        "(" * 500 + "1 + 1" + ")" * 500 + " = 3",
    ],
    ids=lambda text: text[:24],
)
def test_what_is_not_read_is_not_called_false(text):
    """Unknowns, powers, units and words are passed over."""
    assert calculations(text) == []
