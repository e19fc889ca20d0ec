import sys
from types import ModuleType

import pytest

from harness.errors import BadInput
from harness.prune.plan import LayerPlan
from harness.prune.rank import METHODS, Ranking, rank_layers, resolve_method


@pytest.fixture
def foreign(monkeypatch):
    """An importable module of a user with a method in it."""
    module = ModuleType("foreign_methods")
    module.last = lambda loaded, n, calibration, seed: range(loaded.depth - n, loaded.depth)
    module.number = 3
    monkeypatch.setitem(sys.modules, "foreign_methods", module)


def test_a_foreign_method_is_imported(tiny, foreign):
    """`package.module:function` works like a registered name."""
    plan = LayerPlan.without((10, 11), 12)
    assert rank_layers("foreign_methods:last", tiny, 2, []) == Ranking((10, 11), None, "foreign_methods:last", plan)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("magic", "unknown; use one of .*block_influence_pooled, .*paper_bi"),
        (":f", "unknown; use one of"),
        ("foreign_methods:nothing", "cannot be imported"),
        ("foreign_methods:number", "is int, expected a function"),
    ],
)
def test_what_is_no_method_is_refused(foreign, name, sentence):
    """A name that leads to no function says what would."""
    with pytest.raises(BadInput, match=f"--method {name}: .*{sentence}"):
        resolve_method(name)


@pytest.mark.parametrize("answer", [None, 3, [0, 1.9], ["0", "1"]])
def test_answers_that_are_no_layers_are_refused(tiny, monkeypatch, answer):
    """Fractions are not cut to indices, and no answer is no list."""
    monkeypatch.setitem(METHODS, "broken", lambda *_: answer)
    with pytest.raises(
        BadInput, match=r"method broken returned .*, expected 2 layer indices, a Ranking or a LayerPlan"
    ):
        rank_layers("broken", tiny, 2, [])
