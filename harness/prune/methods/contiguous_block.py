"""One contiguous block of layers, chosen by how little the stream turns from its entry to its exit.

- `angular_block` (2403.17887; `neighbouring-methods.md` F2): d(l, n) = arccos(cos(h_l, h_{l+n})) / pi of each text's
  last token, mean over texts; layers l* ... l*+n-1 go, l* = argmin.
- `cosine_block` (LLM-Streamline, 2403.19135; F3): cos(h_l, h_{l+n}), mean over all tokens of all texts, l* = argmax.
  Only the choice of layers is theirs here: the small layer that they train in the block's place is recovery.

l ranges over 0 ... L-n, so the last layer may go; of equal blocks the deeper goes, as everywhere here. The trace lists
every block with its distance or cosine.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.prune.hidden_states import hidden_states
from harness.prune.plan import LayerPlan
from harness.prune.rank import Ranking, method, once

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


def lowest_start(distances: Sequence[float]) -> int:
    """Where the block of the lowest distance begins; of equals the deepest. Pure."""
    return min(range(len(distances)), key=lambda start: (distances[start], -start))


@method("angular_block", passes=once)
def angular_block(loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int) -> Ranking:  # noqa: ARG001
    """Remove the block that turns the last token least.

    Raises:
        BadInput: there are no calibration texts.
    """
    import torch

    rows = []
    for states in hidden_states(loaded, calibration):
        last = torch.stack([state[-1] for state in states])  # (L + 1, D)
        cosines = torch.cosine_similarity(last[:-n], last[n:], dim=-1)
        rows.append(cosines.clamp(-1, 1).arccos() / math.pi)
    return _block(torch.stack(rows).mean(dim=0).tolist(), n, loaded.depth, "angular_block", sign=1)


@method("cosine_block", passes=once)
def cosine_block(loaded: "LoadedModel", n: int, calibration: Sequence[str], seed: int) -> Ranking:  # noqa: ARG001
    """Remove the block whose input and output are most alike, token by token.

    Raises:
        BadInput: there are no calibration texts.
    """
    import torch

    rows = []
    for states in hidden_states(loaded, calibration):
        whole = torch.stack(states)  # (L + 1, T, D)
        rows.append(torch.cosine_similarity(whole[:-n], whole[n:], dim=-1))
    return _block(torch.cat(rows, dim=1).mean(dim=1).tolist(), n, loaded.depth, "cosine_block", sign=-1)


def _block(values: Sequence[float], n: int, depth: int, name: str, *, sign: int) -> Ranking:
    start = lowest_start([sign * value for value in values])
    trace = tuple(
        (LayerPlan.without(range(first, first + n), depth).describe(), value) for first, value in enumerate(values)
    )
    return Ranking(tuple(range(start, start + n)), None, name, trace=trace)
