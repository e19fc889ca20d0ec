import math

import pytest

from harness.methods.tools.divergence import divergences, from_the_middle
from harness.prune.plan import LayerPlan
from harness.prune.surgery import skip_by_hook

ROWS = [[2, 5, 6, 7, 8], [2, 9, 10]]


def test_divergence_is_the_mean_kl_of_all_predicted_tokens(tiny):
    """KL(dense || pruned) from the two models' probabilities, token by token; the last token predicts nothing here."""
    import torch

    sums, tokens = 0.0, 0
    for row in ROWS:
        ids = torch.tensor([row])
        with torch.no_grad():
            dense = tiny.model(ids).logits[0, :-1].double().softmax(-1)
            with skip_by_hook(tiny.model, [4]):
                pruned = tiny.model(ids, use_cache=False).logits[0, :-1].double().softmax(-1)
        for p, q in zip(dense, pruned, strict=True):
            sums += float((p * (p / q).log()).sum())
            tokens += 1

    (found,) = divergences(tiny.model, [LayerPlan.without((4,), 12)], ROWS)
    assert found == pytest.approx(sums / tokens, rel=1e-3)


def test_the_unpruned_model_does_not_diverge_from_itself(tiny):
    """And every plan has a divergence of its own, in order."""
    whole, without = divergences(tiny.model, [LayerPlan.full(12), LayerPlan.without((0,), 12)], ROWS)

    assert whole == 0.0
    assert without > 0.1


def test_the_distance_from_the_middle_is_finite_where_nothing_is_likely():
    """Log-probabilities of -200 are 0 in float32, in both models."""
    import torch

    sure = torch.tensor([[0.0, -200.0, -200.0]])
    other = torch.tensor([[-200.0, 0.0, -200.0]])

    assert float(from_the_middle(sure, sure)) == pytest.approx(0)
    assert float(from_the_middle(sure, other)) == pytest.approx(100 - math.log(2), rel=1e-5)
