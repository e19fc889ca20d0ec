"""What an inconclusive claim says of more items: hand-computed."""

import dataclasses

import pytest

from harness.decide.bootstrap import Interval
from harness.decide.seeds import SeededTask
from harness.decide.verdict import Judgement, times_as_many
from harness.report.advice import advice, nothing_right

HALF = Interval(0.2, 0.0, 0.4, 0.95, 0.2, 100)
""".1 above a minimum of .1, with .2 to its lower end: 2.04 x (.2 / .1)^2 = 8.16 times as many items."""


def judged(interval, minimum=0.1, verdict="inconclusive"):
    """What comes of an interval."""
    return Judgement(verdict, "", interval, more=times_as_many(interval, minimum))


def said(interval, asked=100, size=10_000, share=1, minimum=0.1):
    """The advice on one task, without its beginning."""
    text = advice(judged(interval, minimum), {"gsm8k": asked}, {"gsm8k": size}, share)
    return text.removeprefix("; if the effect is what it looks like, about ")


@pytest.mark.parametrize(
    ("asked", "share", "text"),
    [
        (100, 1, "--limit 820 would decide it in 4 of 5 fresh runs"),  # 816
        (25, 4, "--limit 840 would decide it in 4 of 5 fresh runs"),  # 204 a task, 210 by two digits, times 4
        (6, 1, "--limit 49 would decide it in 4 of 5 fresh runs"),  # 48.96
    ],
)
def test_more_items_are_a_limit_for_80_percent_power(asked, share, text):
    """2.04 times those after which the interval just clears; in a sweep four times that, as a task gets a quarter."""
    assert said(HALF, asked, share=share) == text


def test_more_than_the_benchmark_has_is_said():
    """816 items are needed; what is larger than that is not named."""
    short = said(HALF, size=164)
    both = advice(judged(HALF), {"a": 100, "b": 80, "c": 100}, {"a": 164, "b": 90, "c": 1319})

    assert short == "820 items per task, more than there are (gsm8k 164), would decide it in 4 of 5 fresh runs"
    assert "more than there are (a 164, b 90), would" in both


def test_only_the_part_of_the_items_counts():
    """Of .2 to the lower end .12 are the items', .16 the seeds'; .16 alone is more than the .1 to the minimum."""
    widened = dataclasses.replace(HALF, of_items=(0.08, 0.32))

    assert advice(judged(widened), {"a": 100}, {"a": 10_000}) == (
        "; it takes more training seeds, not more items (--training-seeds)"
    )
    # .19 are the items' and .062 the seeds': 2.04 x .0361 / (.01 - .0039) = 12.07 times as many
    mostly = dataclasses.replace(HALF, of_items=(0.01, 0.39))
    assert said(mostly) == "--limit 1300 would decide it in 4 of 5 fresh runs"


def test_at_the_minimum_itself_no_number_helps():
    """The estimate is the minimum, or all but: an interval of any width that can be had holds it."""
    assert said(HALF, minimum=0.2) == "; at this estimate no number of items would decide it"
    assert said(HALF, minimum=0.199) == "; at this estimate no number of items would decide it"


@pytest.mark.parametrize("verdict", ["reproduced", "contradicted", "not testable"])
def test_what_is_decided_needs_nothing(verdict):
    """Nor does what nothing could decide: its sentence says what would make it testable."""
    assert advice(judged(HALF, verdict=verdict), {"a": 100}, {"a": 100}) == ""


def test_nothing_right_is_a_floor():
    """A variant that is right nowhere has an interval of another kind, which says nothing of other numbers of items."""
    silent, once = SeededTask("a", (1.0, 0.0), ((0.0, 0.0),)), SeededTask("b", (1.0, 0.0), ((0.0, 0.0), (0.0, 1.0)))

    assert nothing_right({"hit": [silent]})
    assert not nothing_right({"spared": [silent], "hit": [silent, once]})


def test_of_no_task_nothing_is_advised():
    """In a dry run a base's stand-in may be fit for nothing."""
    assert not advice(judged(HALF), {}, {})
