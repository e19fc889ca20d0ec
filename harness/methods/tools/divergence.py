"""How far pruned models stray from the unpruned one: KL(dense || pruned) per predicted token, in nats, float32."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.methods.tools.calibration_loss import predictions
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def divergences(base: "PreTrainedModel", plans: Sequence[LayerPlan], rows: Sequence[Sequence[int]]) -> list[float]:
    """Mean KL of each plan's model from `base` over all predicted tokens of `rows`.

    Texts are the outer loop, so that the dense predictions of only one are held.

    Raises:
        BadInput: a logit is NaN or infinite, or a plan cannot be followed.
    """
    import torch

    models = [apply_plan(base, plan) for plan in plans]
    sums = [0.0] * len(plans)
    with torch.inference_mode():
        for row in rows:
            dense = predictions(base, row)  # (T - 1, V)
            probabilities = dense.exp()
            for index, model in enumerate(models):
                sums[index] += float((probabilities * (dense - predictions(model, row))).sum())
    return [total / sum(len(row) - 1 for row in rows) for total in sums]
