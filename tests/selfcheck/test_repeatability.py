"""Answers compared with themselves."""

from harness.selfcheck.repeatability import compared


def test_equal_answers_do_not_differ():
    """Not one bit."""
    found = compared("m", "again", [-1.0, -2.0, -3.0, -4.0], [-1.0, -2.0, -3.0, -4.0])

    assert (found.answers, found.different, found.largest, found.chosen, found.questions) == (4, 0, 0.0, 0, 1)


def test_a_changed_choice_is_counted_once_per_question():
    """Two questions of four options; in the second another option becomes the most likely."""
    first = [-1.0, -2.0, -3.0, -4.0, -1.0, -1.25, -3.0, -4.0]
    other = [-1.5, -2.0, -3.0, -4.0, -1.5, -1.25, -3.0, -4.0]
    found = compared("m", "again", first, other)

    assert (found.answers, found.different, found.largest, found.chosen, found.questions) == (8, 2, 0.5, 1, 2)
