import copy
import sys
from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest
import torch

from harness.errors import BadInput
from harness.methods.method import METHODS, Method, Ranking, declare
from harness.methods.rank import _tell_shadowed, rank_layers, resolve_method
from harness.prune.plan import LayerPlan, parse_plan


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
        ("block_influense", r"unknown, did you mean block_influence\? use one of"),
        ("foreign_methods:nothing", "cannot be imported"),
        ("foreign_methods:number", "is int, expected a function"),
    ],
)
def test_what_is_no_method_is_refused(foreign, name, sentence):
    """A name that leads to no function says what would."""
    with pytest.raises(BadInput, match=f"--method {name}: .*{sentence}"):
        resolve_method(name)


@pytest.mark.parametrize(
    "answer",
    [
        None,
        3,
        [0, 1.9],
        [0.0, 1.0],
        ["0", "1"],
        "01",
        b"\x00\x01",
        {0: 0.3, 1: 0.4},
        [True, False],
        np.array([True, False]),
        torch.tensor([True, False]),
        [np.float64(0), np.float64(1)],
        torch.tensor([0.0, 1.0]),
        np.zeros((2, 30)),
        Ranking((False, True), None, "broken"),
        Ranking((0.0, 1.0), None, "broken"),
    ],
    ids=repr,
)
def test_answers_that_are_no_layers_are_refused(tiny, monkeypatch, answer):
    """Fractions are not cut to indices, a table's keys are no layers, nor is what is true or false."""
    monkeypatch.setitem(METHODS, "broken", Method("broken", lambda *_: answer))
    with pytest.raises(
        BadInput, match=r"^method broken returned .*, expected 2 layer indices, a Ranking or a LayerPlan$"
    ):
        rank_layers("broken", tiny, 2, [])


@pytest.mark.parametrize(
    "answer",
    [np.array([3, 1]), [np.int32(3), np.uint8(1)], torch.tensor([3, 1]), Ranking((np.int64(3), 1), None, "m")],
    ids=["array", "numpy's", "tensor", "ranking"],
)
def test_whole_numbers_of_other_libraries_are_layers(tiny, monkeypatch, answer):
    """They come out as Python's own, which every file can hold."""
    monkeypatch.setitem(METHODS, "numeric", Method("numeric", lambda *_: answer))
    layers = rank_layers("numeric", tiny, 2, []).layers
    assert layers == (3, 1)
    assert {type(layer) for layer in layers} == {int}


@pytest.mark.parametrize("method", ["block_influence", "perplexity"])
def test_a_model_of_nan_is_not_the_method_s_fault(tiny, method):
    """Whatever a method makes of it, what is wrong is the model."""
    broken = replace(tiny, model=copy.deepcopy(tiny.model))
    broken.model.model.layers[3].mlp.down_proj.weight.data[0, 0] = float("nan")

    with pytest.raises(BadInput, match=r"^the model produced NaN or infinite logits"):
        rank_layers(method, broken, 2, ["the dog sees 3 apples ."])


@pytest.mark.parametrize("kept", [(0.0, 1.0), (False, True), ("0", "1")], ids=repr)
def test_a_plan_keeps_whole_numbers(kept):
    """A method's plan is read as strictly as its list."""
    with pytest.raises(BadInput, match="is no whole number; name layers by their 0-based index"):
        LayerPlan(kept, 12)


def test_a_plan_of_units_is_held_to_the_same_budget(tiny, monkeypatch):
    """A method that removes units removes two for each layer it was asked for."""
    plans = {"right": "3,attn0,mlp5", "short": "3,attn0"}
    for name, text in plans.items():
        monkeypatch.setitem(METHODS, name, Method(name, lambda *_, text=text: parse_plan(text, 12)))
    found = rank_layers("right", tiny, 2, [])
    assert found.plan == parse_plan(plans["right"], 12)
    assert found.layers == (3,)
    with pytest.raises(
        BadInput, match=r"returned a plan that removes 3 attention and MLP units \(3,attn0\), expected 4"
    ):
        rank_layers("short", tiny, 2, [])


def test_only_a_method_that_says_so_may_stop_early(tiny, monkeypatch):
    """Fewer layers than asked for are an error, unless the method declares that it stops by itself."""
    monkeypatch.setitem(METHODS, "lazy", Method("lazy", lambda *_: [4]))
    with pytest.raises(BadInput, match=r"method lazy returned 1 layers \[4\], expected 3"):
        rank_layers("lazy", tiny, 3, [])
    monkeypatch.setitem(METHODS, "lazy", declare("nothing", may_stop_early=True)(lambda *_: [4]))
    assert rank_layers("lazy", tiny, 3, []).layers == (4,)


def test_task_scores_are_handed_to_methods_that_need_them(tiny, monkeypatch):
    """The score is a fifth argument, and its absence is a sentence."""
    greedy = declare("task_scores")(lambda loaded, n, texts, seed, score: [max(range(3), key=score)])
    monkeypatch.setitem(METHODS, "greedy", greedy)
    assert rank_layers("greedy", tiny, 1, [], score=lambda layer: -abs(layer - 1)).layers == (1,)
    with pytest.raises(BadInput, match="method greedy needs task scores; pass score="):
        rank_layers("greedy", tiny, 1, [])


def test_an_unknown_need_is_refused(monkeypatch):
    """A misspelt declaration is not taken for the default."""
    monkeypatch.setitem(METHODS, "odd", declare("gradient")(lambda *_: [0]))
    with pytest.raises(BadInput, match="declares needs 'gradient', expected one of nothing, forward, gradients"):
        resolve_method("odd")


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """A package of two methods, and a second one with the same names, which is there where it is asked for."""
    (tmp_path / "shy_methods.py").write_text(
        "def first(loaded, n, calibration, seed): return range(n)\n"
        "class Family:\n    last = staticmethod(lambda n: [2])\n"
    )
    for package, points in {
        "shy": "shy = shy_methods:first\nextra = shy_methods:first [torch]\nfamily = shy_methods:Family.last\n"
        "reverse = shy_methods:first\ntwice = shy_methods:first\n",
        "shyer": "twice = shy_methods:Family.last\n",
    }.items():
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[harness.methods]\n{points}")
    monkeypatch.syspath_prepend(tmp_path)
    _tell_shadowed.cache_clear()  # it is told once a process, and others have asked for `reverse` before
    yield
    _tell_shadowed.cache_clear()


@pytest.mark.parametrize(("name", "layers"), [("shy", (0, 1)), ("extra", (0, 1)), ("family", (2,))])
def test_installed_methods_are_found_by_entry_point(tiny, installed, name, layers):
    """A package that registers a method under `harness.methods` is called by that name, as Python reads it."""
    assert rank_layers(name, tiny, len(layers), []).layers == layers


def test_an_installed_method_that_has_a_name_of_ours_is_told_of(installed):
    """Ours is meant, and the warning says how the other is named."""
    with pytest.warns(UserWarning, match="--method reverse is ours; .* is --method shy_methods:first"):
        assert resolve_method("reverse") is METHODS["reverse"]


def test_a_name_that_two_packages_have_is_refused(installed):
    """Which one was asked for is nobody's guess."""
    with pytest.raises(BadInput, match=r"several packages register it, as shy_methods:Family\.last and "):
        resolve_method("twice")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (
            Ranking((0, 1), (0.5,), "m"),
            r"scores \(0.5,\); expected 12 numbers, one for each layer",
        ),
        (Ranking((0, 1), (0.5,) * 11 + (float("nan"),), "m"), "expected 12 numbers"),
        (Ranking((0, 1), ("low",) * 12, "m"), "expected 12 numbers"),
        (Ranking((0, 1), 3, "m"), "with scores 3; expected 12 numbers"),
        (Ranking((), (0.5,), "m", LayerPlan.without((3, 4), 12)), "expected 12 numbers"),
        (Ranking((0, 1), None, 5), "of method 5; expected a text"),
        (Ranking((0, 1), None, "m", trace=(("3", None),)), "expected pairs of a plan as text and its score"),
        (Ranking((0, 1), None, "m", trace=((3, 0.5),)), "expected pairs of a plan as text and its score"),
    ],
)
def test_what_a_ranking_tells_beside_its_layers_can_be_shown(tiny, monkeypatch, answer, sentence):
    """Else a table would be printed with figures at the wrong layers."""
    monkeypatch.setitem(METHODS, "broken", Method("broken", lambda *_: answer))
    with pytest.raises(BadInput, match=f"^method broken returned a Ranking .*{sentence}"):
        rank_layers("broken", tiny, 2, [])


@pytest.mark.parametrize("worst", [float("inf"), np.float32(0.5)])
def test_scores_may_be_infinite(tiny, monkeypatch, worst):
    """As of a layer that must not go."""
    monkeypatch.setitem(METHODS, "fine", Method("fine", lambda *_: Ranking((0, 1), (0.5,) * 11 + (worst,), "fine")))
    assert rank_layers("fine", tiny, 2, []).scores[-1] == worst


@pytest.mark.parametrize("passes", [lambda depth: depth, 3, "x", lambda depth, n: None, lambda depth, n: -1])
def test_a_count_of_passes_that_cannot_be_asked_is_refused(monkeypatch, passes):
    """Before the base is asked, and not by the progress bar."""
    monkeypatch.setitem(METHODS, "odd", declare("forward", passes=passes)(lambda *_: [0]))
    with pytest.raises(BadInput, match=r"its declared passes .* expected a function \(depth, n\) -> passes"):
        resolve_method("odd")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("tiny", ["a text"]), "given the text 'tiny' as the model; pass harness.load_model"),
        ((None, "tom has 12 apples ."), "given one text as its calibration; pass a list of texts"),
    ],
)
def test_a_text_in_the_place_of_something_else_is_refused(tiny, given, said):
    """A text is a list of its letters to Python."""
    model, texts = given
    with pytest.raises(BadInput, match=said):
        rank_layers("block_influence", model or tiny, 3, texts)
