"""MKA: the top layers are merged pairwise, weighted by their likeness to all layers (2406.16330).

Of each layer the states of all calibration texts are embedded by a diffusion map and ranked. The likeness of two layers
is the mutual information of their coordinates (mean over pairs of coordinates) over sqrt(|H_i H_j|). Then, n times, the
topmost layer m is merged into the one below: theta_l* = a theta_l + (1-a) theta_m with a = sigmoid(s_l / (s_l + s_m)),
s the mean of a layer's row of likenesses. Only weights are merged; the lower layer keeps its own norms.

So the layers that go are always the deepest, and only the weights of the new top layer are a question. Read in
SempraETY/Pruning-via-Merging @ 3b60b00 (`pipeline.py`), with 5 neighbours for mutual information and 50 for entropy
(fewer where there are fewer texts). Not as released:

- its fused weights are put into the dict that `state_dict()` returns, which changes no weight: the released code only
  cuts off the deepest layers (our `reverse`). Here the merge takes place;
- it calibrates on MMLU test questions and compares single tokens of a padded array; here a sample is the mean over the
  tokens of a calibration text.
"""

import math
from collections.abc import Sequence
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.methods.method import Ranking, method, once
from harness.methods.tools.diffusion_map import diffusion_map, ranked
from harness.methods.tools.hidden_states import hidden_states
from harness.methods.tools.mutual_information import entropy, mutual_information
from harness.models.plain import require_plain
from harness.prune.plan import Blend, LayerPlan

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.models.load import LoadedModel

NEIGHBOURS = 5
ENTROPY_NEIGHBOURS = 50
FEWEST_TEXTS = NEIGHBOURS + 3  # three coordinates need a few more samples than a sample has neighbours


def likeness(states: "NDArray[np.float64]", seed: int) -> "NDArray[np.float64]":
    """Normalised mutual information of all pairs of layers (L, L) from their samples (L, S, D)."""
    import numpy as np

    points = [ranked(diffusion_map(samples)) for samples in states]
    entropies = [entropy(layer, min(ENTROPY_NEIGHBOURS, len(layer) - 1)) for layer in points]
    matrix = np.zeros((len(points), len(points)))
    for low, high in combinations_with_replacement(range(len(points)), 2):
        shared = np.mean([mutual_information(x, y, NEIGHBOURS, seed) for y in points[high].T for x in points[low].T])
        matrix[low, high] = matrix[high, low] = shared / math.sqrt(abs(entropies[low] * entropies[high]))
    return matrix


def top_blend(rows: Sequence[float], n: int) -> Blend:
    """The new top layer after `n` merges, from each layer's mean likeness. Pure."""
    top = len(rows) - 1
    weights = {top: 1.0}
    for upper in range(top, top - n, -1):
        lower = upper - 1
        own = 1 / (1 + math.exp(-rows[lower] / (rows[lower] + rows[upper])))
        weights = {lower: own} | {source: (1 - own) * weight for source, weight in weights.items()}
    return Blend(top - n, tuple(sorted(weights.items())), own_norms=True)


@method("mka", passes=once)
def mka(loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int) -> Ranking:
    """Merge the `n` deepest layers into the one below them.

    Raises:
        BadInput: there are fewer than 8 calibration texts, or the weights are quantised.
    """
    import numpy as np
    import torch

    require_plain(loaded.model, "mka mixes the weights of layers")
    if len(calibration) < FEWEST_TEXTS:
        raise BadInput(f"mka was given {len(calibration)} calibration texts; it needs at least {FEWEST_TEXTS}")
    depth = loaded.depth
    samples = [torch.stack(states[:-1]).mean(dim=1) for states in hidden_states(loaded, calibration)]  # (L, D) each
    states = torch.stack(samples, dim=1).double().cpu().numpy()
    rows: list[float] = np.mean(likeness(states, seed), axis=1).tolist()
    blend = top_blend(rows, n)
    plan = LayerPlan(tuple(range(depth - n)), depth, blends=(blend,))
    return Ranking(plan.removed, None, "mka", plan)
