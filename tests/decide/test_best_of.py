"""The largest of several effects, with one interval for whichever it is."""

import pytest

from harness.decide.designs import DESIGNS
from harness.decide.effects import best_of, retention_of
from harness.decide.neighbour_designs import REPAIRS
from harness.decide.seeds import SeededTask
from harness.decide.verdict import judge
from harness.repair.repair import repairs

BASE = (1.0,) * 80
CLAIM = DESIGNS["a-repair-restores-arithmetic"]


def kept(share):
    """One task of which so much is kept, spread over the items."""
    return [SeededTask("t", BASE, (tuple(float(place % 20 < share * 20) for place in range(80)),))]


def evidence(**shares):
    """What each repair keeps; those that are not named, .3, as before."""
    return {name: kept(shares.get(name, 0.3)) for name in (*REPAIRS, "before")}


def test_the_claim_is_about_every_repair():
    """A new repair is a new role."""
    assert set(REPAIRS) == set(repairs()) == set(CLAIM.roles)


def test_its_interval_lies_between_the_highest_ends_of_all():
    """Each made for all of them together, so none is narrower than alone."""
    roles, at = ("a", "b"), CLAIM.level(resamples=2000)
    given = {"a": kept(0.6), "b": kept(0.5)}
    together, alone = best_of({role: retention_of(role) for role in roles})(given, at), retention_of("a")(given, at)

    assert together.estimate == alone.estimate == 0.6
    assert together.low < alone.low
    assert together.high > alone.high
    assert together.confidence == at.confidence
    assert together.p_value >= alone.p_value


@pytest.mark.parametrize(("shares", "decides"), [((0.99, 0.2), "a"), ((0.6, 0.3), "a"), ((0.3, 0.88), "b")])
def test_its_p_value_is_of_the_effect_that_decides(shares, decides):
    """And not of another, whose lower end happens to be higher."""
    at = CLAIM.level(resamples=2000)
    given = dict(zip("ab", map(kept, shares), strict=True))
    found = best_of({role: retention_of(role) for role in given})(given, at)

    assert found.p_value == min(1.0, 2 * retention_of(decides)(given, at).p_value)


def test_a_wide_interval_beside_a_narrow_one_keeps_it_open():
    """The narrow one has the higher lower end and lies below the minimum; only the wide one may reach it."""
    at = CLAIM.level(resamples=2000)
    narrow = [SeededTask("t", BASE * 5, (((1.0,) * 4 + (0.0,)) * 80,))]
    wide = [SeededTask("t", BASE[:8], ((1.0,) * 6 + (0.0,) * 2,))]
    found = best_of({"narrow": retention_of("narrow"), "wide": retention_of("wide")})(
        {"narrow": narrow, "wide": wide}, at
    )

    assert found.low < at.null < found.high
    assert found.p_value > 0.05


def test_a_repair_that_does_not_fit_is_none_of_them():
    """The others decide among themselves; without ReplaceMe's own, not that its paper's claim is untrue."""
    every = evidence(norm=0.5)
    without = {role: tasks for role, tasks in every.items() if role != "bias"}
    assert judge(CLAIM, without, resamples=2000).verdict == "contradicted"
    assert judge(CLAIM, without, resamples=2000).interval.low > judge(CLAIM, every, resamples=2000).interval.low

    judged = judge(CLAIM, {role: tasks for role, tasks in every.items() if role != "replace_me"}, resamples=2000)
    assert judged.verdict == "not testable"
    assert "ReplaceMe's own repair cannot be made of this model" in judged.reason
    found = {role: tasks for role, tasks in evidence(norm=1.0).items() if role != "replace_me"}
    assert judge(CLAIM, found, resamples=2000).verdict == "reproduced"


def test_the_best_of_one_is_that_one():
    """Nothing is corrected."""
    at, given = CLAIM.level(resamples=2000), {"a": kept(0.6)}

    found, alone = best_of({"a": retention_of("a"), "b": retention_of("b")})(given, at), retention_of("a")(given, at)
    assert (found.estimate, found.low, found.high, found.p_value) == pytest.approx(
        (alone.estimate, alone.low, alone.high, alone.p_value)
    )


@pytest.mark.parametrize(
    ("shares", "verdict"),
    [
        ({"norm": 1.0}, "reproduced"),
        ({"norm": 0.7, "bias": 0.6}, "contradicted"),
        ({"norm": 0.9}, "inconclusive"),
        ({"norm": 1.0, "before": 1.0}, "not testable"),
    ],
)
def test_one_repair_is_enough_and_all_must_fail(shares, verdict):
    """And where the cut cost nothing, nothing was brought back."""
    assert judge(CLAIM, evidence(**shares), resamples=2000).verdict == verdict
