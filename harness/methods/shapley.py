"""Layers by a sampled Shapley value of the loss (A Deeper Look at Depth Pruning, 2407.16286).

Of every calibration text the loss is taken under ten random parts of the network, nine tenths of the layers each,
drawn anew for each text. score_l = mean loss where layer l was missing - mean loss where it was there; the lowest go
first, of ties the deeper layer. So a layer is judged beside gaps elsewhere, where `perplexity` judges it alone. Read in
shoaibahmed/llm_depth_pruning @ eea4dbd: `evaluate_block_influence.py` has the loss of texts, and the same sums;
`evaluate_mmlu_block_influence.py` has the parts (.9, ten per question), and the loss of MMLU's letters. Here the parts
are theirs and the loss is the mean NLL of the text's tokens, in nats.

It costs ten passes over the texts, less than a pass for each layer of most models; its scores are noisy, as each layer
is missing in about a tenth of them.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.methods.method import Ranking, method
from harness.methods.tools.calibration_loss import mean_nll, token_rows
from harness.methods.tools.lowest import lowest
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan

if TYPE_CHECKING:
    from harness.models.load import LoadedModel

PARTS = 10
"""Random parts of the network per text."""
SHARE = 0.9
"""Of the layers, in each part; rounded down."""


def _passes(depth: int, n: int) -> int:  # noqa: ARG001  # the signature of PassCount
    return PARTS


def drawn(depth: int, texts: int, seed: int) -> Iterator[list[LayerPlan]]:
    """The parts of the network under which each text is asked, text by text. Pure."""
    import numpy as np

    draw = np.random.default_rng(seed)
    size = min(depth - 1, max(1, int(SHARE * depth)))
    for _ in range(texts):
        yield [
            LayerPlan(tuple(sorted(int(layer) for layer in draw.choice(depth, size, replace=False))), depth)
            for _ in range(PARTS)
        ]


def shapley_values(losses: Sequence[tuple[LayerPlan, float]], depth: int) -> tuple[float, ...]:
    """Mean loss without a layer less mean loss with it, per layer. Pure.

    Raises:
        BadInput: a layer was always there, or never.
    """
    import numpy as np

    values = np.array([loss for _, loss in losses])
    there = np.array([[layer in plan.kept for layer in range(depth)] for plan, _ in losses])
    unseen = [layer for layer in range(depth) if there[:, layer].all() or not there[:, layer].any()]
    if unseen:
        raise BadInput(
            f"shapley: layer {unseen[0]} is in all or in none of {len(losses)} random parts of the network, so nothing "
            f"is known of it; give more calibration texts, eight or so"
        )
    return tuple(float(values[~column].mean() - values[column].mean()) for column in there.T)


@method("shapley", passes=_passes)
def shapley(loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int) -> Ranking:
    """Remove the layers that add least to random parts of the network.

    Raises:
        BadInput: there are no calibration texts, or too few to have missed every layer.
    """
    rows = token_rows(loaded, calibration)
    losses = [
        (plan, mean_nll(apply_plan(loaded.model, plan), [row]))
        for row, plans in zip(rows, drawn(loaded.depth, len(rows), seed), strict=True)
        for plan in plans
    ]
    scores = shapley_values(losses, loaded.depth)
    return Ranking(lowest(scores, n), scores, "shapley")
