"""Results of which looks ended one earlier: compared on the items that both have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.baseline import packed
from harness.report.common import draws, on_common_items
from harness.report.compare import differences
from harness.tasks.outcome import Outcome, TaskResult
from harness.tasks.subset import drawn, seeded_subset

SIZES = {"facts": 300, "code": 80}


def asked(task, limit, wrong=(), seed=0):
    """A result on a limited number of items, in the file's order; those in `wrong` are answered wrong."""
    ids = [f"{task}{place}" for place in range(SIZES[task])]
    outcomes = tuple(
        Outcome(ids[place], float(place not in wrong), "right", "") for place in seeded_subset(ids, limit, seed, task)
    )
    order = tuple(ids[place] for place in drawn(len(ids), limit, seed, task))
    return TaskResult(task, "number", 0.0, outcomes, order=order)


def stored(limit, wrong=(), seed=0, **other):
    """A baseline on so many items per task; facts in `wrong` are lost."""
    results = {"facts": asked("facts", limit, wrong, seed), "code": asked("code", limit)}
    scores = {f"pruned | {task}": packed(result.scores) for task, result in results.items()}
    return {
        "verdict": "reproduced", "items": f"hash of {limit} by {seed}", "draws": draws(results), "scores": {},
        "item_scores": scores,
    } | other  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [(200, 50), (50, 200), (100, 25), (120, 100), (300, 50)])
def test_a_claim_settled_at_another_look_is_held_to_its_baseline(before, after):
    """Fifty items are the first fifty that are drawn of two hundred, whichever of the two is stored."""
    assert differences(stored(before), stored(after)) == []


def test_what_changed_among_the_common_items_is_still_seen():
    """Half of the common answers lost is a difference, though the baseline has more; losses elsewhere are none."""
    common = drawn(SIZES["facts"], 50, 0, "facts")
    (found,) = differences(stored(200), stored(50, wrong=common[:25]))

    assert found.startswith("pruned | facts: 25 of 50 items lost and 0 gained")
    assert differences(stored(200, wrong=drawn(SIZES["facts"], 200, 0, "facts")[50:]), stored(50)) == []


def test_another_verdict_is_a_difference_on_any_items():
    """Which look a verdict comes from does not excuse another one."""
    assert differences(stored(200), stored(50, verdict="contradicted")) == [
        "verdict: was 'reproduced', is 'contradicted'"
    ]


@pytest.mark.parametrize("today", [stored(50, seed=1), stored(50) | {"draws": {}}])
def test_other_items_are_never_taken_for_a_beginning(today):
    """Items of another seed, and those of which the draw is not known, are not compared."""
    assert "the items differ, so their scores were not compared" in differences(stored(200), today)


@given(st.integers(1, 300), st.integers(1, 300))
def test_cut_results_are_those_of_the_smaller_limit(one, other):
    """Whatever the sizes, what is left is what the smaller limit asked, in the file's order."""
    wrong = range(0, 300, 3)
    cut = on_common_items(stored(one, wrong), stored(other, wrong))
    fewer = stored(min(one, other), wrong)["item_scores"]

    assert [found["item_scores"] for found in cut] == [fewer, fewer]
