"""Block Influence with one cosine a text, of the whole tensor (2411.15558; `neighbouring-methods.md` F1 variant c).

BI_l = 1 - mean over texts of <X_l, X_{l+1}> / (|X_l| |X_{l+1}|), where X_l is h_l of a text as one long vector; the
lowest go first. Tokens weigh by their norm, so that the attention sink at the first token dominates. Published on 10
BookCorpus texts of 128 tokens; here on the calibration texts, whole.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.prune.hidden_states import hidden_states
from harness.prune.methods.block_influence import layers_from_cosine
from harness.prune.rank import Ranking, method, once

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


@method("block_influence_flat", passes=once)
def block_influence_flat(loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int) -> Ranking:  # noqa: ARG001
    """Remove the layers whose input and output point the same way as wholes.

    Raises:
        BadInput: there are no calibration texts.
    """
    import torch

    per_text = [
        torch.stack([torch.cosine_similarity(a.flatten(), b.flatten(), dim=0) for a, b in pairwise(states)])
        for states in hidden_states(loaded, calibration)
    ]
    cosines: list[float] = torch.stack(per_text).mean(dim=0).tolist()
    return Ranking(layers_from_cosine(cosines, n), tuple(1 - cosine for cosine in cosines), "block_influence_flat")
