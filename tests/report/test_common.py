"""Results of which looks ended one earlier: compared on the items that both have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.common import beginnings, on_common_items
from harness.report.compare import differences

IDS = {"facts": [f"f{place}" for place in range(200)], "code": [f"c{place}" for place in range(80)]}


def stored(count, lost=0, **other):
    """A baseline on the first `count` items per task, of which the last `lost` facts are wrong."""
    ids = {task: own[:count] for task, own in IDS.items()}
    facts, code = ("1" * (len(ids["facts"]) - lost) + "0" * lost), "1" * len(ids["code"])
    return {
        "verdict": "reproduced", "items": f"hash of {count}", "beginnings": beginnings(ids), "scores": {},
        "item_scores": {"pruned | facts": facts, "pruned | code": code},
    } | other  # fmt: skip


@pytest.mark.parametrize(("before", "after"), [(200, 50), (50, 200), (100, 25), (120, 100)])
def test_a_claim_settled_at_another_look_is_held_to_its_baseline(before, after):
    """Fifty items are the first fifty of two hundred, whichever of the two is stored."""
    assert differences(stored(before), stored(after)) == []


def test_what_changed_among_the_common_items_is_still_seen():
    """Half of the first fifty answers lost is a difference, though the baseline has two hundred."""
    (found,) = differences(stored(200), stored(50, lost=25))

    assert found.startswith("pruned | facts: 25 of 50 items lost and 0 gained")


def test_another_verdict_is_a_difference_on_any_items():
    """Which look a verdict comes from does not excuse another one."""
    assert differences(stored(200), stored(50, verdict="contradicted")) == [
        "verdict: was 'reproduced', is 'contradicted'"
    ]


def test_other_items_are_never_taken_for_a_beginning():
    """Another order of the same items, other tasks, and a size that no look has are not compared."""
    other = stored(50)
    other["beginnings"] = beginnings({task: own[:50][::-1] for task, own in IDS.items()})
    fewer = stored(50)
    fewer["beginnings"] = {"facts": fewer["beginnings"]["facts"]}
    for today in (other, fewer, stored(60), stored(50, beginnings={})):
        assert any("the items differ" in line for line in differences(stored(200), today))


@given(st.integers(1, 300), st.integers(1, 300))
def test_cut_results_have_as_many_items_as_the_fewer(one, other):
    """Whatever the sizes, either nothing is cut or both have the same items."""
    old, new = (stored(count) for count in (one, other))
    before, after = on_common_items(old, new)
    if before["items"] == after["items"]:
        assert {name: len(own) for name, own in before["item_scores"].items()} == {
            "pruned | facts": min(one, other, 200), "pruned | code": min(one, other, 80),
        }  # fmt: skip
    else:
        assert (before, after) == (old, new)
