"""Numbers in the notations that models use: values, what is refused, bounds, and math-verify as the slow oracle."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.tasks.arithmetic import number
from harness.tasks.gsm8k import extract_flexible, is_equal
from harness.tasks.numbers import hashed_numbers, last_number, stated_values, value_of

THIN, BIDI, MINUS = "\u202f", "\u200f", "\u2212"
WHOLE = st.integers(0, 10**7)
UNITS = [
    "eggs", "cm^2", "cm²", "m³", r"\text{ ft}^2", r"\,\mathrm{m}^{3}", "eggs/day", r"\text{miles per hour}",
    "sq. ft.", "m/s^2", "kg·m⁻¹", "%", r"\%", "°", r"^\circ", r"^{\circ}C", "!", ".", " dollars.", "€", " USD",
    "个", "рублей", r"\frac{\text{eggs}}{\text{day}}", " (whole eggs)", BIDI,
]  # fmt: skip
BEFORE = [
    "", "$", r"\$", "€", "£", "¥", "USD ", "US$", "Rs. ", "Answer: ", "x = ", r"\text{Total: }", "about ",
    r"\approx ", "~", "Janet sells ", BIDI, "= ", "+", r"\text{Cost} = 2 \cdot 5 = ",
]  # fmt: skip


def grouped(value: int, mark: str) -> str:
    """A number with a mark between thousands."""
    return f"{value:,}".replace(",", mark)


@given(WHOLE, st.sampled_from(BEFORE), st.sampled_from(UNITS))
def test_what_stands_around_a_boxed_number_does_not_change_it(value, before, after):
    """Currencies, labels and units, the powers of units among them, leave the number alone."""
    boxed = rf"so \boxed{{{before}{value} {after}}}"
    assert is_equal(extract_flexible(boxed), str(value))
    assert not is_equal(extract_flexible(boxed), str(value + 1))


@given(
    WHOLE,
    st.sampled_from(
        [
            "**{}**",
            "$ {} $",
            r"\({}\)",
            "${}.",
            "{}.",
            "{} cm^2.",
            "{} m²",
            "5-{} people",
            "#### {} eggs",
            "{} °C",
            "it is {} %",
            "20 - {}",
            "=> {}",
            "_ {} _",
            "£{}",
            "`{}`",
        ]
    ),
)
def test_the_last_number_of_prose_is_read_in_its_surroundings(value, text):
    """Markup, units and ranges around the last number of an answer without a box."""
    assert is_equal(extract_flexible(f"9 eggs, so {text.format(value)}"), str(value))


@given(
    st.integers(1000, 10**12),
    st.sampled_from([",", "'", "\u2019", THIN, "\u00a0", " ", r"\,", "{,}", r"\;", r",\!", "_"]),
)
def test_separators_of_thousands_belong_to_the_number(value, mark):
    """In a box, in prose and at the beginning of an answer, whatever stands between the groups."""
    text = grouped(value, mark)
    assert is_equal(extract_flexible(rf"\boxed{{{text}}}"), str(value))
    assert is_equal(extract_flexible(f"that makes {text}"), str(value))
    assert number(f" {text}") == value


@given(WHOLE, st.sampled_from(["-{}", "- {}", MINUS + "{}", "-${}", "$-{}", "negative {}", "minus {}", "\u2013{}"]))
def test_a_sign_belongs_to_the_number(value, text):
    """Every kind of minus makes the number negative, once."""
    written = text.format(value)
    assert stated_values(written) == (-value,)
    assert number(f" {written}") == -value
    assert value_of(last_number(f"x = {written}")) == -value
    assert value == 0 or not is_equal(written, str(value))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the area is 18 cm^2", "18"),
        ("18 m^-1", "18"),
        ("H2O weighs 18", "18"),
        ("18, see x2", "18"),
        ("from 3 to -4", "-4"),
        ("it was 5-18 people", "18"),
        ("20 - 18", "18"),
        ("20 -18", "18"),
        ("(9 + 11) -18", "18"),
        ("20 minus 18", "18"),
        ("grade-5", "5"),
        ("- 18 eggs", "18"),
        ("= - 18", "-18"),
        ("so it is 3/4", "3/4"),
        ("2^5", "2^5"),
        ("...18", "18"),
        ("total — 18", "18"),
        ("none", None),
        ("$1,234.50 in all", "1234.50"),
        ("he has 3, and she half a dozen.", "0.5 dozen"),
        ("it costs 18 grand.", "18 grand"),
        ("the grand total is 18", "18"),
        ("she earns $18 gross", "18"),
        ("half a million, or 18", "18"),
    ],
)
def test_the_last_number_of_prose(text, found):
    """Powers of units and digits of words are no numbers; a dash is a minus only where it can be one."""
    assert last_number(text) == found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (" 1,232", 1232),
        (" **1232**", 1232),
        (" $1232", 1232),
        (" 12.5", Fraction(25, 2)),
        (" = 34", 34),
        (" +34", 34),
        (r" \(34\)", 34),
        (r"\boxed{34}", 34),
        ("\u221212", -12),
        (" 12 * 3", None),
        (" 4 + 8 = 12", 12),
        ("12/5", None),
        ("12-5", None),
        (" 3 * 3 = 9 . #### 9", 9),
        (" 34 apples", 34),
        (" \u201c34\u201d", 34),
        ("- 5", -5),
        ("12, 13", 12),
        ("twelve", None),
        ("", None),
        ("= =", None),
        ("x = 3", None),
        ("9" * 60, None),
        (" 1\u202f232", 1232),
    ],
)
def test_an_answer_that_begins_with_its_number(text, value):
    """Markup before it is skipped; a calculation counts by its result only."""
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("#### 18 * 2 = 36", 36),
        ("#### $18 + $2 = $20", 20),
        ("#### 3 x 6 = 18 eggs", 18),
        ("#### (20 - 2) * 1 = 18", 18),
        ("#### 60% * 30 = 18", 18),
        ("#### 1,200 / 2 = 600\n7 days", 600),
        ("#### -18 * 2 = -36", -36),
        ("#### 18 + 2", 20),
        ("#### 36/2 = 18", 18),
        ("#### 18 (9 + 9)", 18),
        ("#### 18 - done", 18),
        ("#### 18, and 5 are left", 18),
        ("#### 18x as many", 18),
        ("#### 18x", 18),
    ],
)
def test_what_stands_after_the_mark_of_an_answer(text, value):
    """Of a calculation its result; the words after a number are prose, as they are to lm-eval's filters."""
    (stated,) = hashed_numbers(text)
    assert value_of(stated) == value


OTHERS = [
    "double 9", "twice 18", "thrice 6", "triple the 6", "twice as much as 9", "root of 36", "half 36", "a third of 36",
    "3 fourths of 24", "20% of 90", "20 percent of the 90", "3/4 of 24", "18 squared", "18 cubed.", "18 factorial",
    "2 thousand 500", "2 hundred and 50", "2 hours 30 minutes", "2 hours and 30 minutes", "5 feet, 6 inches",
    "5 dollars and 18 cents", "5:30", "5:30 pm", "0x12", "0b101", "[3,4]", "[3, 18]", "(3,18)", "1,2,3", "12,345,6",
    "1.2.3", "two-thirds of 36", "9 doubled", "2h30m", "5'6", "2026-11-27",
]  # fmt: skip


@pytest.mark.parametrize("text", OTHERS)
def test_what_holds_another_number_is_not_taken_for_its_digits(text):
    """An expression in words, two numbers or another base: no number at all, wherever the answer stands."""
    for answer in (rf"\boxed{{{text}}}", f"#### {text}", f"#### {text}\n", f"so it is {text}", f"it is **{text}**."):
        found = extract_flexible(f"2 and 7 and {answer}")
        assert found is None or stated_values(found) == ()
    assert number(f" {text}") is None


@pytest.mark.parametrize("text", ["18, 20", "18 or 20", "18 and 20.", "$18; $20"])
def test_two_numbers_after_the_mark_are_no_answer(text):
    """Nor are they in a box."""
    for answer in (rf"\boxed{{{text}}}", f"#### {text}", f"#### {text}\n7 days"):
        assert not stated_values(extract_flexible(answer))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("it takes 160 minutes, or 2 hours and 40 minutes", None),
        (r"\boxed{160 \text{ minutes, or 2 hours and 40 minutes}}", None),
        ("#### 160 minutes, or 2 hours and 40 minutes", 160),
    ],
)
def test_an_answer_said_again_in_two_units(text, value):
    """The last number is a part of another one, and a box holds two; the mark is of what directly follows it."""
    found = extract_flexible(text)
    assert value_of(found) == value


@pytest.mark.parametrize("text", ["he ran a 10K", "he ran a 10K race.", r"\boxed{10K}", "#### 10K"])
def test_a_k_is_a_thousand_of_a_race_too(text):
    """Ten thousand metres, and never ten: a K is read alike whatever it is of."""
    assert is_equal(extract_flexible(text), "10000")
    assert not is_equal(extract_flexible(text), "10")


@given(st.integers(0, 10**6), st.sampled_from([
    "The answer is {}.", "#### {}", r"\boxed{{{}}}", "${}", "it costs ${}", "{} dollars", "so {:,}", r"\boxed{{{:,}}}",
    "twice 9 is {}", "20% of 90 is {}", "half of that: {}", "a total of {}", "an average of ${}", "at 5:30, {} come",
    "from [3,4], {}", "in 3 hours, {} eggs", "2 hours a day for {} days", "{} squared feet", "the double: {}",
    "#### {} eggs, 5 are left", "#### {} and more", r"\boxed{{{} \text{{ quarters}}}}", "#### {}: done", "Step 3: {}",
    "({:,})", "2.5, {}", "1. 2. {}",
]))  # fmt: skip
def test_ordinary_answers_are_read_as_ever(value, text):
    """What a number stands beside in plain prose takes nothing away from it."""
    assert is_equal(extract_flexible(text.format(value)), str(value))
