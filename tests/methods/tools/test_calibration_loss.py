import math
from dataclasses import replace

import pytest

from harness.errors import BadInput
from harness.methods.tools.calibration_loss import (
    mean_nll,
    perplexity_of,
    plan_nll,
    rival_nlls,
    token_rows,
    total_nll,
)
from harness.models.structure import decoder_layers
from harness.prune.plan import UNITS, LayerPlan
from harness.prune.prefix import shares_beginnings
from harness.prune.surgery import skip_by_hook
from harness.prune.units import PROBE_TOKENS

FAMILIES = ("llama", "qwen2", "mistral", "gemma2")
TEXTS = ["tom has 12 apples .", "the capital of north velland is"]


def test_nll_is_the_sum_of_cross_entropies(tiny):
    """Token by token from the logits of each text alone; the first token is predicted by nothing."""
    import torch

    rows, expected, tokens = token_rows(tiny, TEXTS), 0.0, 0
    for row in rows:
        with torch.no_grad():
            logits = tiny.model(torch.tensor([row])).logits[0].double()
        for position, target in enumerate(row[1:]):
            expected += float(torch.logsumexp(logits[position], 0) - logits[position, target])
            tokens += 1

    assert total_nll(tiny.model, rows) == pytest.approx(expected, rel=1e-5)
    assert mean_nll(tiny.model, rows) == pytest.approx(expected / tokens, rel=1e-5)


def test_tokens_and_not_texts_weigh_alike(tiny):
    """A long text counts for more than a short one, as in a perplexity."""
    rows = [[2, 5, 6], [2, 5, 6, 7, 8, 9, 10]]
    one, two = (mean_nll(tiny.model, [row]) for row in rows)

    assert mean_nll(tiny.model, rows) == pytest.approx((2 * one + 6 * two) / 8, rel=1e-5)


def test_a_plan_is_rated_by_the_model_it_leaves(tiny):
    """The whole plan gives the base's loss, a plan without layers the loss with these switched off."""
    rate, rows = plan_nll(tiny, TEXTS), token_rows(tiny, TEXTS)
    with skip_by_hook(tiny.model, [3, 7]):
        expected = mean_nll(tiny.model, rows)

    assert rate(LayerPlan.full(12)) == mean_nll(tiny.model, rows) != expected
    assert rate(LayerPlan.without((3, 7), 12)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("texts", [[], [""]])
def test_texts_that_predict_nothing_are_refused(tiny, texts):
    """No text, or none of two tokens, gives no loss."""
    with pytest.raises(BadInput, match="no calibration text of at least 2 tokens"):
        token_rows(tiny, texts)


def test_a_huge_loss_is_an_infinite_perplexity():
    """A thoroughly broken model is ranked, not an error."""
    assert perplexity_of(1e4) == math.inf
    assert perplexity_of(math.log(7)) == pytest.approx(7)


@pytest.fixture(scope="module", params=FAMILIES)
def random(request, tiny, make_random):
    """A random six-layer model of a family behind the tiny model's tokenizer."""
    return replace(tiny, model=make_random(request.param, vocabulary=len(tiny.tokenizer)))


@pytest.mark.parametrize("gone", [(), (3,), (0, 5)])
def test_rival_layers_are_rated_as_each_alone(random, gone):
    """To the last bit (four families), first and last layer included, whatever is gone already."""
    plans = [LayerPlan.without((*gone, layer), random.depth) for layer in range(random.depth) if layer not in gone]
    alone = [plan_nll(random, TEXTS)(plan) for plan in plans]

    assert rival_nlls(random, TEXTS)(plans) == alone
    assert rival_nlls(random, TEXTS)(plans[:1]) == alone[:1]
    assert len(set(alone)) == len(alone)


@pytest.mark.parametrize("gone", [(), ((2, "attn"), (3, "mlp")), ((0, "attn"), (0, "mlp"), (5, "mlp"))])
def test_rival_units_are_rated_as_each_alone(random, gone):
    """Attention or MLP of any layer more, also the one that completes a layer, the last layer's included."""
    units = [(layer, unit) for layer in range(random.depth) for unit in UNITS]
    plans = [LayerPlan.without_units([*gone, unit], random.depth) for unit in units if unit not in gone]
    alone = [plan_nll(random, TEXTS)(plan) for plan in plans]

    assert rival_nlls(random, TEXTS)(plans) == alone
    assert len(set(alone)) == len(alone)


def test_rivals_of_a_hybrid_are_rated_too(tiny, monkeypatch):
    """Its last layers have no attention among them, so they are no model of their own: each rival is run whole."""
    from harness.selfcheck.tiny_random import tiny_random

    hybrid = replace(tiny, model=tiny_random("granitemoehybrid"))
    monkeypatch.setattr("harness.methods.tools.calibration_loss.token_rows", lambda *_: [[3, 5, 7, 11], [4, 6]])
    depth = hybrid.depth
    plans = [LayerPlan.without((layer,), depth) for layer in range(depth)]

    assert not shares_beginnings(hybrid.model)
    assert rival_nlls(hybrid, TEXTS)(plans) == [plan_nll(hybrid, TEXTS)(plan) for plan in plans]


@pytest.mark.parametrize(
    ("plans", "expected"),
    [
        pytest.param(
            [LayerPlan.without((layer,), 12) for layer in range(12)], 12 + 12 * 11 // 2 + 1, id="layers in turn"
        ),
        pytest.param(
            [LayerPlan.without_units([(layer, unit)], 12) for layer in range(12) for unit in UNITS],
            12 + 2 * 12 * 13 // 2,
            id="units in turn",
        ),
    ],
)
def test_rivals_cost_half(tiny, plans, expected):
    """The shared model's layers once, then each rival's from its own on; with none left one runs for nothing."""
    from torch.nn.modules.module import register_module_forward_hook

    calls, kind = [], type(decoder_layers(tiny.model).modules[0])

    def count(module, args, output):
        hidden = output[0] if isinstance(output, tuple) else output
        if type(module) is kind and hidden.shape[1] != len(PROBE_TOKENS):
            calls.append(module)

    handle = register_module_forward_hook(count)
    try:
        rival_nlls(tiny, TEXTS[:1])(plans)
    finally:
        handle.remove()

    assert len(calls) == expected
