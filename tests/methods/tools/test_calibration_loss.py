import math

import pytest

from harness.errors import BadInput
from harness.methods.tools.calibration_loss import (
    mean_nll,
    perplexity_of,
    plan_nll,
    token_rows,
    total_nll,
)
from harness.prune.plan import LayerPlan
from harness.prune.surgery import skip_by_hook

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
