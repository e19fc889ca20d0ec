"""What stands at a number: whether it is read as it is written."""

from fractions import Fraction

import pytest

from harness.tasks.gsm8k import extract_flexible
from harness.tasks.numbers import value_of


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r"\boxed{1~234}", 1234),
        (r"\boxed{x ~ 18}", 18),
        (r"\boxed{8 (5+3)}", 8),
        (r"\boxed{2 (5+3)}", 16),
        (r"\boxed{17 (1/2)}", Fraction(35, 2)),
        ("he pays with 5 hundred-dollar bills", 5),
        (r"\boxed{5 \text{ hundred-dollar bills}}", 5),
        ("a 5 hundred dollar fine", 500),
        ("#### 2nd step\n12", 12),
        ("#### 12\n", 12),
        (r"it takes $18\frac12$ hours", Fraction(37, 2)),
        ("it is 9 times two", None),
        ("it is 9 times two people", 9),
        ("that is 18 hundredths", None),
        (r"\boxed{18 \text{ hundredths}}", None),
    ],
)
def test_what_stands_at_a_number_makes_it_another_one_or_not(text, value):
    """A space that does not break, the name of a bill, an ordinal; where it is another number, none is stated."""
    assert value_of(extract_flexible(text)) == value
