"""How far pruned models stray from the unpruned one, per predicted token, in nats, float32.

T tokens, V vocabulary.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from harness.methods.tools.calibration_loss import predictions
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    Measure = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    """Log-probabilities of the unpruned and of a pruned model (T, V) -> the sum over all tokens of what is between."""


def forward_kl(dense: "torch.Tensor", pruned: "torch.Tensor") -> "torch.Tensor":
    """KL(dense || pruned)."""
    return (dense.exp() * (dense - pruned)).sum()


def from_the_middle(dense: "torch.Tensor", pruned: "torch.Tensor") -> "torch.Tensor":
    """Half of KL(m || dense) + KL(m || pruned), with m the mean of both distributions."""
    import torch

    middle = torch.logaddexp(dense, pruned) - math.log(2)  # finite where both probabilities are 0 in float32
    return (middle.exp() * (middle - (dense + pruned) / 2)).sum()


def divergences(
    base: "PreTrainedModel",
    plans: Sequence[LayerPlan],
    rows: Sequence[Sequence[int]],
    measure: "Measure" = forward_kl,
) -> list[float]:
    """Mean distance of each plan's model from `base` over all predicted tokens of `rows`.

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
            for index, model in enumerate(models):
                sums[index] += float(measure(dense, predictions(model, row)))
    return [total / sum(len(row) - 1 for row in rows) for total in sums]
