"""Numbers in strange and in very long texts: read, refused, and always in time."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.tasks.arithmetic import number
from harness.tasks.gsm8k import extract_flexible, is_equal
from harness.tasks.numbers import ending_number, hashed_numbers, last_number, value_of

THIN, MINUS = "\u202f", "\u2212"


def test_a_long_calculation_after_the_mark_is_read_in_time():
    """Linear in its length: it would not end otherwise."""
    assert value_of(hashed_numbers("#### 1" + " + 1" * 100_000)[0]) is None
    assert value_of(hashed_numbers("#### 1" + " - (((" * 100_000)[0]) == 1


def test_the_number_that_a_text_ends_in():
    """Punctuation may follow it, words may not."""
    assert ending_number("therefore the answer is 1,018 .") == "1018"
    assert ending_number("in 1995 they left") is None


PIECES = [
    "18", "9,", ".", "-", "*", "/", "^", "(", "{", "}", r"\boxed{", r"\frac{", r"\text{", r"\log(", "$", " ",
    "####", "e9", "x", "thousand ", " and a half", "1/2", "\u00bd", MINUS, THIN, "=", "10^", "1,234", "half a ",
    "dozen ", "gross ",
]  # fmt: skip


@settings(deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=100))
def test_no_text_is_too_strange(text):
    """Every text has a value or none, and the same one each time."""
    found = extract_flexible(text)
    assert found == extract_flexible(text)
    assert isinstance(is_equal(found or text, "18"), bool)
    assert number(text) is None or number(text) == number(text)


@pytest.mark.parametrize(
    "piece", ["half a ", "$9 ", "9 gross ", r"\boxed{", r"\boxed{18", "9", "1/", " ", "#### ", "1,23", r"\frac{1}{2}"]
)
def test_long_answers_are_read_in_one_pass(piece):
    """Fifty thousand pieces: reading each of them to the end again would take hours."""
    text = piece * 50_000
    assert not is_equal(extract_flexible(text) or "", "17.125")
    assert number(text) != 17.125


@pytest.mark.parametrize("blank", [" ", "\t", "\n", " \n"])
def test_blanks_after_the_mark_of_an_answer_are_read_once(blank):
    """A model may write spaces until it is cut; trying every way to part them would take days."""
    assert extract_flexible("12 eggs ####" + blank * 20_000 + "x") == "12"
    assert extract_flexible("12 eggs ####" + blank * 20_000 + "7") == "7"


@pytest.mark.parametrize(
    "text",
    [
        "20 - 2 = 18 eggs at 2 each.\nThe answer is boxed{36}", "so 18*2. \\answer{36}", "The answer is \\box{36}.",
        "It is \\framebox{36}", "It is \\Boxed{36}", "Answer: fbox{ 36 }", "$\\boxed{36}$",
    ],
)  # fmt: skip
def test_a_box_that_is_written_wrongly_holds_the_number_all_the_same(text):
    """A broken model writes so more often than its base, and neither means an earlier number."""
    assert value_of(last_number(text)) == 36
