"""A race of layers: who enters, who leads, and what its outcome may be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.decide.bootstrap import Interval
from harness.decide.designs import design_of
from harness.decide.race import entrants, informs, leaders, of_race
from harness.decide.seeds import SeededTask
from harness.decide.verdict import Judgement

SWEEP = design_of("arithmetic-per-layer")


def without(lost, answered=40):
    """The evidence of a layer without which so many of 40 right answers are lost, and so many are numbers at all."""
    right, numbers = (1.0,) * (40 - lost) + (0.0,) * lost, (1.0,) * answered + (0.0,) * (40 - answered)
    return {
        "hit": [SeededTask("arithmetic", (1.0,) * 40, (right,))],
        "answered": [SeededTask("arithmetic", (1.0,) * 40, (numbers,))],
    }


def test_the_layers_that_cost_most_enter():
    """A third of the layers, those without which the base's answers are least likely, the likeliest to win first."""
    damage = {layer: float(layer % 7) for layer in range(24)}

    assert entrants(damage, {}) == (6, 13, 20, 5, 12, 19, 4, 11)


def test_a_layer_that_ruins_what_should_stay_enters_last():
    """Where a claim says that something is kept, layers without which it is gone come behind all others."""
    damage = {layer: 10.0 - layer for layer in range(12)}

    assert entrants(damage, {0: False, 1: True, 2: False}) == (1, 3, 4, 5)


def test_the_largest_effects_lead():
    """Of the layers of a round those stay without which most is lost, the largest first."""
    assert leaders(SWEEP, {3: without(4), 5: without(30), 9: without(12), 11: without(20)}, 2) == (5, 11)


def test_a_layer_that_fails_a_condition_leads_no_other():
    """Without layer 0 the model writes no numbers at all, which is another loss than that of arithmetic."""
    assert leaders(SWEEP, {0: without(40, answered=1), 7: without(10)}, 1) == (7,)


@pytest.mark.parametrize(("scores", "chance", "does"), [((0.0,) * 12, 0.0, False), ((1.0, 0.0), 0.5, False),
                                                        ((1.0, 0.0, 0.0), 0.25, True)])  # fmt: skip
def test_a_round_informs_where_the_base_does_better_than_guessing(scores, chance, does):
    """Of what the base cannot do on a round's items nothing can be lost, so no layer is dropped by them."""
    assert informs(SWEEP, {"hit": [(scores, chance)]}) is does


def test_of_what_may_rise_any_base_informs():
    """That no answer of the base is degenerate is no floor but all the room there is."""
    assert informs(design_of("reverse-pattern"), {"degenerate": [((0.0,) * 10, 0.0)]})


def test_of_a_base_that_answers_nothing_a_round_says_nothing():
    """Whether a layer's loss leaves answers cannot be asked of a base without any, also where the effect may rise."""
    silent = {"degenerate": [((0.0,) * 6, 0.0)], "answered": [((0.0,) * 6, 0.0)]}

    assert not informs(design_of("reverse-pattern"), silent)


def judged(verdict, low=0.3, high=0.5):
    """A judgement of the layer that was chosen."""
    return Judgement(verdict, "why", Interval((low + high) / 2, low, high, 0.95, 0.01, 50))


def test_a_race_finds_or_does_not_find_and_never_contradicts():
    """That the chosen layer does not have the effect says nothing of the others."""
    found = {name: of_race(judged(name), 7, 24) for name in ("reproduced", "inconclusive", "contradicted")}

    assert {name: one.verdict for name, one in found.items()} == {
        "reproduced": "reproduced", "inconclusive": "inconclusive", "contradicted": "inconclusive",
    }  # fmt: skip
    assert found["reproduced"].reason == "why; of layer 7, which a race of 24 chose on the first half of the items"
    assert found["contradicted"].reason == (
        "not found: of layer 7, which a race of 24 chose on the first half of the items, the effect on the others is "
        "0.400 [0.300, 0.500]; --race off looks at every layer on all items"
    )


def test_a_winner_that_fails_a_condition_is_not_found_either():
    """Another layer might meet the condition, so the claim is not called untestable."""
    one = of_race(judged("not testable"), 0, 12)

    assert one.verdict == "inconclusive"
    assert "0.400 [0.300, 0.500] (why); --race off" in one.reason


@given(st.dictionaries(st.integers(0, 40), st.floats(-5, 5), min_size=1))
def test_as_many_enter_as_there_may_be(damage):
    """A third of the layers, at least four, and never more than there are; no layer twice."""
    found = entrants(damage, {})

    assert len({*found}) == len(found) == min(len(damage), max(4, -(-len(damage) // 3)))
