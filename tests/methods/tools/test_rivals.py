"""Rivals by loss against each by itself, and searches that drop them against searches that do not."""

from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.methods.tools.calibration_loss import plan_nll
from harness.methods.tools.greedy import greedy_layers, in_parts, one_by_one
from harness.methods.tools.rivals import rival_nlls, rivals
from harness.models.structure import decoder_layers
from harness.prune.plan import UNITS, LayerPlan
from harness.prune.prefix import shares_beginnings
from harness.prune.units import PROBE_TOKENS
from harness.tasks.calibration import Calibration, calibration_texts
from harness.tasks.source import Bundled

FAMILIES = ("llama", "qwen2", "mistral", "gemma2")
TEXTS = ["tom has 12 apples .", "the capital of north velland is"]
MORE = ["anna buys 3 books .", "12 + 5 = 17 .", "how many cards does ben have ?", "first opens the table . then"]


@contextmanager
def layer_calls(model):
    """While open, the calls of decoder layers of any variant, those that try units left out."""
    from torch.nn.modules.module import register_module_forward_hook

    calls, kind = [], type(decoder_layers(model).modules[0])

    def count(module, args, output):
        hidden = output[0] if isinstance(output, tuple) else output
        if type(module) is kind and hidden.shape[1] != len(PROBE_TOKENS):
            calls.append(module)

    handle = register_module_forward_hook(count)
    try:
        yield calls
    finally:
        handle.remove()


@pytest.fixture(scope="module", params=FAMILIES)
def random(request, tiny, make_random):
    """A random six-layer model of a family behind the tiny model's tokenizer."""
    return replace(tiny, model=make_random(request.param, vocabulary=len(tiny.tokenizer)))


@pytest.mark.parametrize("gone", [(), (3,), (0, 5)])
def test_rival_layers_are_rated_as_each_alone(random, gone):
    """To the last bit (four families), first and last layer included, whatever is gone already."""
    plans = [LayerPlan.without((*gone, layer), random.depth) for layer in range(random.depth) if layer not in gone]
    alone = [plan_nll(random, TEXTS)(plan) for plan in plans]

    assert rival_nlls(random, TEXTS, plans) == alone
    assert rival_nlls(random, TEXTS, plans[:1]) == alone[:1]
    assert len(set(alone)) == len(alone)


@pytest.mark.parametrize("gone", [(), ((2, "attn"), (3, "mlp")), ((0, "attn"), (0, "mlp"), (5, "mlp"))])
def test_rival_units_are_rated_as_each_alone(random, gone):
    """Attention or MLP of any layer more, also the one that completes a layer, the last layer's included."""
    units = [(layer, unit) for layer in range(random.depth) for unit in UNITS]
    plans = [LayerPlan.without_units([*gone, unit], random.depth) for unit in units if unit not in gone]
    alone = [plan_nll(random, TEXTS)(plan) for plan in plans]

    assert rival_nlls(random, TEXTS, plans) == alone
    assert len(set(alone)) == len(alone)


def test_rivals_of_a_hybrid_are_rated_too(tiny, monkeypatch):
    """Its last layers have no attention among them, so they are no model of their own: each rival is run whole."""
    from harness.selfcheck.tiny_random import tiny_random

    hybrid = replace(tiny, model=tiny_random("granitemoehybrid"))
    for module in ("calibration_loss", "rivals"):
        monkeypatch.setattr(f"harness.methods.tools.{module}.token_rows", lambda *_: [[3, 5, 7, 11], [4, 6]])
    depth = hybrid.depth
    plans = [LayerPlan.without((layer,), depth) for layer in range(depth)]

    assert not shares_beginnings(hybrid.model)
    assert rival_nlls(hybrid, TEXTS, plans) == [plan_nll(hybrid, TEXTS)(plan) for plan in plans]


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        pytest.param(
            [LayerPlan.without((layer,), 12) for layer in range(12)], 11 + 12 * 11 // 2 + 1, id="layers in turn"
        ),
        pytest.param(
            [LayerPlan.without_units([(layer, unit)], 12) for layer in range(12) for unit in UNITS],
            11 + 2 * 12 * 13 // 2,
            id="units in turn",
        ),
    ],
)
def test_rivals_cost_half(tiny, plans, expected):
    """The shared model's layers but the last once, each rival's from its own on; one runs where none is left."""
    with layer_calls(tiny.model) as calls:
        rival_nlls(tiny, TEXTS[:1], plans)

    assert len(calls) == expected


def searched(rate, loaded, count=2):
    """Layers in the order in which they go, with their scores."""
    return [(step.gone, step.score) for step in greedy_layers(range(loaded.depth), count, loaded.depth, rate)]


@settings(max_examples=4, deadline=None)
@given(texts=st.lists(st.sampled_from(MORE), min_size=1, max_size=5))
def test_a_search_that_drops_rivals_is_one_that_runs_each_whole(random, texts):
    """Layers, order and losses to the last bit, in four families, whatever the texts and however often one comes."""
    nll = plan_nll(random, texts)

    assert searched(in_parts(*rivals(random, texts)), random) == searched(one_by_one(lambda plan: -nll(plan)), random)


def test_whoever_lost_more_than_the_best_is_run_no_more(tiny):
    """Without layer 0, say; and what the leader's last texts cost, which it is run whole, is less than that saves."""
    texts = calibration_texts(Calibration("wikitext2", 8, 16), "tiny", Bundled(), tiny.tokenizer, 0)
    plans = [LayerPlan.without((layer,), 12) for layer in range(12)]
    with layer_calls(tiny.model) as everyone:
        rival_nlls(tiny, texts, plans)
    meet, parts = rivals(tiny, texts)
    with layer_calls(tiny.model) as mine:
        rated = in_parts(meet, parts)(plans, [None] * 12)

    assert rated[0].parts < parts == rated[11].parts
    assert len(mine) < len(everyone)
