"""What the base alone says of a claim: `harness.decide.testable`."""

import pytest

from harness.decide.designs import DESIGNS
from harness.decide.testable import above_guessing, decidable, hopeless

GAP, ARITHMETIC, VIABLE = (
    DESIGNS[name] for name in ("classification-vs-generative-gap", "arithmetic-drop", "low-ratios-without-recovery")
)


def share(right, n):
    """Scores of n items of which so many are right."""
    return (1.0,) * right + (0.0,) * (n - right)


def test_the_distance_from_guessing_is_an_exact_interval():
    """27 of 100 right by one in four: Clopper-Pearson's ends, less a quarter."""
    found = above_guessing(share(27, 100), 0.25, 20_000)

    assert (found.estimate, found.low, found.high) == pytest.approx((0.02, -0.064, 0.118), abs=0.004)


def test_a_task_at_chance_leaves_its_group_and_is_named():
    """The audit's base: HellaSwag 27 of 100 says nothing, ARC-Easy 66 does."""
    spared = {"hellaswag": (share(27, 100), 0.25), "arc_easy": (share(66, 100), 0.25)}
    found = decidable(GAP, {"spared": spared, "hit": {"gsm8k": (share(27, 100), 0.0)}})

    assert found.kept == {"spared": ("arc_easy",), "hit": ("gsm8k",)}
    assert found.left_out["hellaswag"].startswith(
        "the base scores 0.270 of 100 items, and guessing 0.250: not above it"
    )
    assert "reproduced" in found.open
    assert not found.reason


def test_a_group_of_tasks_at_chance_refuses_the_claim():
    """Nothing that a guesser could not have, so nothing that a variant could keep."""
    found = decidable(GAP, {"spared": {"mmlu": (share(26, 100), 0.25)}, "hit": {"gsm8k": (share(27, 100), 0.0)}})

    assert not found.open
    assert found.reason.startswith("the unpruned model leaves nothing to measure (mmlu: the base scores 0.260")
    assert "more items (--limit) or another model" in found.reason


def test_a_best_case_that_does_not_clear_the_minimum_refuses_the_claim():
    """Ten of 25 right, corrected for 24 looks: whatever the layers did, the gap could not have been shown."""
    sweep = DESIGNS["single-layer-sensitivity"]
    base = {"spared": {"arc_easy": (share(18, 25), 0.25)}, "hit": {"gsm8k": (share(6, 25), 0.0)}}
    found = decidable(sweep, base, looks=24)

    assert not found.open
    assert found.reason.startswith("it could not be reproduced whatever came out")
    assert "times as many items (--limit) would make it testable" in found.reason


def test_a_retention_has_losing_everything_for_its_worst_case():
    """Both verdicts are open where the base is good and items are many."""
    assert decidable(VIABLE, {"hit": {"gsm8k": (share(240, 300), 0.0)}}).open == ("reproduced", "contradicted")


def test_the_first_items_refuse_what_the_rest_cannot_save():
    """None of 50 right: even at the upper end of its interval the task stays at the floor."""
    first = {"hit": {"arithmetic": (share(0, 50), 0.0)}}
    found = hopeless(ARITHMETIC, first, {"arithmetic": 300})

    assert found is not None
    assert found.reason.startswith("on its first 50 items the unpruned model leaves nothing to measure")
    assert hopeless(ARITHMETIC, {"hit": {"arithmetic": (share(5, 50), 0.0)}}, {"arithmetic": 300}) is None


def test_one_role_alone_can_refuse():
    """Generation is asked where classification was not: a mute base ends the check."""
    assert hopeless(GAP, {"hit": {"gsm8k": (share(0, 50), 0.0)}}, {"gsm8k": 300}) is not None


def test_failures_need_room_to_rise():
    """A base whose programs are all unbalanced cannot break them."""
    found = decidable(DESIGNS["brackets-break"], {"broken": {"code": (share(100, 100), 0.0)}}, looks=12)

    assert found.left_out["code"] == "the base is at 1.000 already, which leaves no room to rise"


def test_a_base_that_gives_no_answers_leaves_conditions_nothing_to_keep():
    """Brackets can only rise where there are programs: a task without is left out of every role, and said so."""
    brackets, good, never = DESIGNS["brackets-break"], (share(80, 100), 0.0), (share(0, 100), 0.0)
    both = {"broken": {"code": never, "silent": never}, "answered": {"code": good, "silent": never}}
    some = decidable(brackets, both, looks=24)
    none = decidable(brackets, {"broken": {"silent": never}, "answered": {"silent": never}}, looks=24)

    assert some.kept == {"broken": ("code",), "answered": ("code",)}
    assert "silent" in some.left_out
    assert "reproduced" in some.open
    assert not none.open
    assert "silent: as 'answered', the base scores 0.000 of 100 items" in none.reason


def test_the_first_items_are_pushed_through_the_best_case_beside_roles_that_only_conditions_see():
    """Half of 25 items right and answers to all, but 500 layers to look at: nothing that came out could show it."""
    sweep = DESIGNS["degeneration-is-not-the-cause"]
    asked = {"hit": {"gsm8k": (share(12, 25), 0.0)}, "answered": {"gsm8k": (share(25, 25), 0.0)}}

    assert decidable(sweep, asked, 500).reason.startswith("it could not be reproduced whatever came out")
    found = hopeless(sweep, asked, {"gsm8k": 25}, 500)
    assert found is not None
    assert not found.open
