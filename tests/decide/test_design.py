"""A design as a value: what it may hold."""

import math
from dataclasses import replace

import pytest

from harness.decide.conditions import off_the_floor
from harness.decide.design import Condition, Design
from harness.decide.designs import DESIGNS
from harness.decide.effects import gap, retention_of
from harness.decide.resample import RESAMPLES
from harness.errors import BadInput

OWN = Design("mine", "Something stays", retention_of("hit"), 0.7, "retention", {"hit": "kept"})
MUST = off_the_floor(0.1, "hit")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"claim": ""}, "its name is ''; expected letters"),
        ({"claim": "../x"}, "its name is '../x'; expected letters"),
        ({"claim": 3}, "its name is 3; expected letters"),
        ({"title": " "}, "title is ' '; expected a text"),
        ({"family": None}, "family is None; expected a text"),
        ({"effect": None}, "effect is None; expected a function"),
        ({"minimum": math.nan}, "minimum is nan; expected a finite number"),
        ({"minimum": math.inf}, "minimum is inf; expected a finite number"),
        ({"minimum": "0.1"}, "minimum is '0.1'; expected a finite number"),
        ({"minimum": None}, "minimum is None; expected a finite number"),
        ({"roles": {}}, "roles is {}; expected at least one role and what is predicted of it: kept, lost, rises"),
        ({"roles": {"hit": "keept"}}, "role 'hit' is 'keept'; expected one of kept, lost, rises"),
        ({"roles": {"hit": "vanishes"}}, "role 'hit' is 'vanishes'; expected one of kept, lost, rises"),
        ({"conditions": ("a",)}, "expected a tuple of Condition"),
        ({"conditions": MUST}, "expected a tuple of Condition"),
        ({"seen": "before"}, "seen is 'before'; expected a tuple of roles"),
    ],
)
def test_what_is_no_design_is_refused_where_it_is_written(change, sentence):
    """Before a base is asked anything: the name of the field, what stands there, and what should."""
    with pytest.raises(BadInput, match=r"^claim .*: ") as error:
        replace(OWN, **change)
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"blocks": ("reproducd",)}, "blocks is ('reproducd',); expected a tuple of reproduced and contradicted"),
        ({"blocks": "reproduced"}, "blocks is 'reproduced'; expected a tuple"),
        ({"least": math.nan}, "least is nan; expected a finite number"),
        ({"measure": 3}, "measure is 3; expected a function"),
        ({"remedy": None}, "remedy is None; expected a text"),
        ({"unless": "the set {a} lost"}, "expected a text whose only places are {measured} and {least}"),
        ({"unless": None}, "expected a text whose only places are {measured} and {least}"),
    ],
)
def test_what_is_no_condition_is_refused_where_it_is_written(change, sentence):
    """A misspelt verdict would let it through in silence."""
    with pytest.raises(BadInput, match=r"^condition .*: ") as error:
        replace(MUST, **change)
    assert sentence in str(error.value)


def test_all_designs_are_designs():
    """And a design of one's own needs no more than the first six fields."""
    assert all(isinstance(design, Design) for design in DESIGNS.values())
    assert replace(OWN, effect=gap("hit", "hit")).conditions == ()
    assert Condition("c", MUST.measure, 0, "{measured}", "r").blocks == ("reproduced", "contradicted")


def test_the_ends_of_many_intervals_rest_on_enough_draws():
    """36 layers at 7 looks: 20 lie beyond each end. Up to 12 intervals nothing changes, nor where fewer are asked."""
    design = DESIGNS["single-layer-sensitivity"]
    many = design.level(36 * 7)

    assert (1 - many.confidence) / 2 * many.resamples == pytest.approx(20)
    assert design.level(12).resamples == design.level().resamples == RESAMPLES
    assert design.level(36 * 7, 2_000).resamples == 2_000
