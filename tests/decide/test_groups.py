"""Two groups of items, on answers that can be counted by hand."""

import pytest

from harness.decide.designs import DESIGNS
from harness.decide.groups import enough_in, more_in
from harness.decide.seeds import SeededTask
from harness.decide.verdict import judge

CLAIM = DESIGNS["lost-answers-are-demoted"]
CHOSEN = [SeededTask("c", (1.0,) * 100, ((1.0,) * 70 + (0.0,) * 30,), 0.25)]


def group(right, items):
    """So many items, of which so many come back."""
    return [SeededTask("w", (1.0,) * items, ((1.0,) * right + (0.0,) * (items - right),))]


def test_the_effect_is_a_difference_of_shares():
    """Of items that are not the same, and not as many."""
    found = more_in("recognised", "lost")({"recognised": group(60, 80), "lost": group(5, 20)}, CLAIM.level())

    assert found.estimate == pytest.approx(0.5)
    assert found.low < 0.5 < found.high
    assert found.n == 100


def test_its_interval_is_that_of_two_independent_shares():
    """Oracle: the normal interval, with the variances added."""
    found = more_in("recognised", "lost")({"recognised": group(120, 200), "lost": group(60, 150)}, CLAIM.level())
    half = 1.96 * (0.6 * 0.4 / 200 + 0.4 * 0.6 / 150) ** 0.5

    assert found.high - found.low == pytest.approx(2 * half, rel=0.05)


def test_of_an_empty_group_nothing_is_known():
    """The whole range of a difference."""
    found = more_in("recognised", "lost")({"recognised": group(3, 3), "lost": group(0, 0)}, CLAIM.level())

    assert (found.low, found.high) == (-1.0, 1.0)
    fewest = enough_in(19, "recognised", "lost").measure(
        {"recognised": group(3, 3), "lost": group(0, 0)}, CLAIM.level()
    )
    assert fewest.low == 0


@pytest.mark.parametrize(
    ("recognised", "lost", "verdict"),
    [
        (group(60, 80), group(10, 60), "reproduced"),
        (group(10, 80), group(12, 60), "contradicted"),
        (group(0, 80), group(0, 60), "contradicted"),
        (group(30, 80), group(18, 60), "inconclusive"),
        (group(60, 80), group(3, 19), "not testable"),
        (group(15, 19), group(3, 80), "not testable"),
    ],
)
def test_what_comes_back(recognised, lost, verdict):
    """More, no more, nothing at all, unclear, and too few of either kind."""
    assert judge(CLAIM, {"choice": CHOSEN, "recognised": recognised, "lost": lost}).verdict == verdict


def test_who_chooses_by_guessing_recognises_nothing():
    """Whatever comes back."""
    guessed = [SeededTask("c", (1.0,) * 100, ((1.0,) * 25 + (0.0,) * 75,), 0.25)]
    judged = judge(CLAIM, {"choice": guessed, "recognised": group(60, 80), "lost": group(10, 60)})

    assert judged.verdict == "not testable"
    assert "chooses no better than by guessing" in judged.reason
