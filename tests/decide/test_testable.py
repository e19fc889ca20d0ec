"""What the base alone says of a claim: `harness.decide.testable`."""

import re
from dataclasses import replace

import numpy as np
import pytest

from harness.decide.bootstrap import Interval
from harness.decide.design import Design
from harness.decide.designs import DESIGNS
from harness.decide.drops import mean_score
from harness.decide.effects import retention_of, share_lost
from harness.decide.testable import above_guessing, decidable, hopeless
from harness.errors import BadInput

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
    assert re.fullmatch(
        r"the base scores 0\.270 \[0\.18\d, 0\.36\d\] on 100 items, and it takes more than 0\.300 for certain, "
        r"0\.05 above guessing",
        found.left_out["hellaswag"],
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
    assert re.search(
        r"silent: as 'answered', the base scores 0\.000 \[.*\] on 100 items, and .* 0\.050 for certain[;)]", none.reason
    )


def test_the_first_items_are_pushed_through_the_best_case_beside_roles_that_only_conditions_see():
    """Half of 25 items right and answers to all, but 500 layers to look at: nothing that came out could show it."""
    sweep = DESIGNS["degeneration-is-not-the-cause"]
    asked = {"hit": {"gsm8k": (share(12, 25), 0.0)}, "answered": {"gsm8k": (share(25, 25), 0.0)}}

    assert decidable(sweep, asked, 500).reason.startswith("it could not be reproduced whatever came out")
    found = hopeless(sweep, asked, {"gsm8k": 25}, 500)
    assert found is not None
    assert not found.open


def own(effect, minimum=0.1, **roles):
    """A claim that somebody adds next year."""
    return Design("mine", "A claim of mine", effect, minimum, "u", roles)


GOOD = {"facts": (share(270, 300), 0.0)}
SAME, ANYWAY = "so it would say the same of every variant", "reproduces it all the same"
NONSENSE = {
    "kept where its role says lost": (own(retention_of("hit"), 0.7, hit="lost"), ANYWAY),
    "lost where its role says kept": (own(share_lost("hit"), 0.2, hit="kept"), ANYWAY),
    "of the base alone": (
        own(lambda evidence, at: mean_score([task.base for task in evidence["hit"]], at.confidence), hit="lost"), SAME,
    ),
    "constant": (own(lambda _, at: Interval(0.5, 0.4, 0.6, at.confidence, 0.01, 300), hit="lost"), SAME),
    "a minimum below what nothing comes to": (own(share_lost("hit"), -0.5, hit="lost"), ANYWAY),
    "no worse, without saying so": (
        replace(DESIGNS["partial-layers-match-lora"], claim="mine", no_worse=False), ANYWAY,
    ),
    "no worse, and satisfied by anything": (replace(own(share_lost("hit"), -0.5, hit="lost"), no_worse=True), ANYWAY),
}  # fmt: skip


@pytest.mark.parametrize("what", NONSENSE)
def test_a_design_that_no_variant_could_contradict_is_refused(what):
    """On any base, before anything is pruned: what it measures is not what its roles predict."""
    design, why = NONSENSE[what]

    with pytest.raises(BadInput, match=rf"claim mine: its effect is .* if all happens that its roles predict .*{why}"):
        decidable(design, dict.fromkeys(design.roles, GOOD))


def test_a_minimum_that_no_effect_can_reach_is_not_testable_and_said_so():
    """More items or another model are no help."""
    found = decidable(own(share_lost("hit"), 2.0, hit="lost"), {"hit": GOOD})

    assert not found.open
    assert found.reason.endswith("take a base with more room, or look at the design's minimum")


@pytest.mark.parametrize("claim", DESIGNS)
def test_every_registered_design_could_come_out_either_way(claim):
    """On a good base of many items the best case decides it, and the worst where nothing is not the minimum."""
    design = DESIGNS[claim]
    rare = {"code": (share(6, 300), 0.0)}
    base = {role: rare if prediction == "rises" else GOOD for role, prediction in design.roles.items()}
    found = decidable(design, base | dict.fromkeys(set(design.seen) & {"answered"}, GOOD))

    assert found.open == ("reproduced", *(("contradicted",) if design.minimum or design.ordered else ()))


def test_a_claim_of_no_worse_has_the_opposite_for_its_worst_case():
    """If nothing happens one arm is no worse than the other, and the claim is true."""
    design = DESIGNS["partial-layers-match-lora"]
    found = decidable(design, dict.fromkeys(design.roles, GOOD))

    assert (found.best.estimate, found.worst.estimate) == (1, -1)


def _of_base(evidence, at):
    return mean_score([task.base for task in evidence["one"]], at.confidence)


@pytest.mark.parametrize("effect", [lambda _, at: Interval(0.9, 0.8, 1.0, at.confidence, 0.01, 300), _of_base])
@pytest.mark.parametrize("roles", [{"one": "lost"}, {"one": "lost", "other": "lost"}])
def test_an_order_of_layers_that_is_always_the_same_is_refused(effect, roles):
    """A constant, and one of the base alone: whatever layers cost, the claim would come out as it does."""
    design = replace(DESIGNS["positions-vary-by-family"], claim="mine", effect=effect, roles=roles, conditions=())

    with pytest.raises(BadInput, match=r"its effect is .* whatever layers cost .* made of the scores of one"):
        decidable(design, dict.fromkeys(roles, GOOD))


def losses(evidence, role):
    return [float(np.mean(task.runs[0])) for task in evidence[role]]


def of_number(value):
    return Interval(value, value - 0.1, value + 0.1, 0.95, 0.5, 12)


@pytest.mark.parametrize(
    ("effect", "roles"),
    [
        (lambda e, _: of_number(np.corrcoef(losses(e, "one"), abs(np.arange(12) - 5.5))[0, 1]), {"one": "lost"}),
        (lambda e, _: of_number(float(np.argsort(np.argsort(losses(e, "one")))[4:8].mean())), {"one": "lost"}),
        (
            lambda e, _: of_number(
                np.corrcoef(losses(e, "a"), losses(e, "b"))[0, 1] - np.corrcoef(losses(e, "c"), losses(e, "d"))[0, 1]
            ),
            dict.fromkeys("abcd", "lost"),
        ),
    ],
)
def test_an_order_may_be_about_the_middle_or_about_two_pairs(effect, roles):
    """Effects that are blind to an order and its opposite say much of others."""
    design = replace(DESIGNS["positions-vary-by-family"], claim="mine", effect=effect, roles=roles, conditions=())
    assert decidable(design, dict.fromkeys(roles, GOOD)).open == ("reproduced", "contradicted")


def test_an_order_that_is_told_by_chance_is_refused():
    """The same scores get the same answer, or it is no measurement."""
    draw = np.random.default_rng(0)
    design = replace(
        DESIGNS["positions-vary-by-family"], claim="mine", effect=lambda *_: of_number(draw.random()), conditions=()
    )
    with pytest.raises(BadInput, match=r"and then .* of the same scores; .* take random numbers from a seed"):
        decidable(design, dict.fromkeys(design.roles, GOOD))


def test_an_order_that_invented_losses_cannot_be_asked_of_is_left_alone():
    """Nothing can be said of it: an effect of 24 layers is not wrong for being given 12."""
    design = replace(DESIGNS["positions-vary-by-family"], claim="mine", effect=lambda evidence, _: evidence["one"][23])

    assert decidable(design, dict.fromkeys(design.roles, GOOD)).open == ("reproduced", "contradicted")


@pytest.mark.parametrize("claim", [name for name, design in DESIGNS.items() if design.ordered])
def test_the_orders_that_we_have_are_told_apart(claim):
    """None of ours is refused."""
    design = DESIGNS[claim]

    assert decidable(design, dict.fromkeys((*design.roles, *design.seen), GOOD)).open == ("reproduced", "contradicted")
