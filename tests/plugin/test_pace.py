"""What bars begin with."""

import pytest

from harness.plugin.pace import left_in_words, told


def test_a_bar_says_which_check_of_how_many():
    """Of the first nothing is known yet, and one check alone needs no number."""
    assert told(0, [1, 1, 1], 0.0) == "1 of 3 "
    assert told(0, [1], 0.0) == ""


def test_the_rest_takes_as_long_as_the_checks_before_by_weight():
    """Two checks took a minute; of the four that are left one trains two epochs and counts for three."""
    assert told(2, [1, 1, 1, 3, 1, 1], 60.0) == "3 of 6 (about 3 min left) "


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "a minute left"), (61, "about 1 min left"), (7_000, "about 117 min left"), (9_100, "about 3 h left")],
)
def test_an_estimate_has_no_more_digits_than_it_deserves(seconds, words):
    """Minutes up to two hours, then hours."""
    assert left_in_words(seconds) == words
