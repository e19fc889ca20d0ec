"""Block Influence with one cosine of all texts as a whole (2411.15558).

BI_l = 1 - <X_l, X_{l+1}> / (|X_l| |X_{l+1}|), where X_l is what enters layer l on all texts, as one long vector; the
lowest go first. Tokens weigh by their norm, so that the attention sink at the first token dominates. As in
yaolu-zjut/Navigation-LLM-layer-pruning @ e1f938a (`pruning_method.py:calculate_layer_importance`) the last layer, whose
output is no layer's input, never goes; its score here is of its output before the final norm. Published on 10
BookCorpus texts of 128 tokens.
"""

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING

from harness.methods.method import Ranking, method, once
from harness.methods.tools.hidden_states import hidden_states
from harness.methods.tools.lowest import lowest

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


@method("block_influence_flat", passes=once)
def block_influence_flat(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Remove the layers whose input and output point the same way as wholes.

    Raises:
        BadInput: there are no calibration texts.
    """
    shared, squares = [0.0] * loaded.depth, [0.0] * (loaded.depth + 1)
    for states in hidden_states(loaded, calibration):
        for layer, (entering, leaving) in enumerate(pairwise(states)):
            shared[layer] += float((entering.double() * leaving.double()).sum())
        for layer, state in enumerate(states):
            squares[layer] += float(state.double().square().sum())
    scores = tuple(
        1 - product / sqrt(before * after) for product, (before, after) in zip(shared, pairwise(squares), strict=True)
    )
    return Ranking(lowest(scores, n, range(loaded.depth - 1)), scores, "block_influence_flat")
