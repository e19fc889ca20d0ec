"""One contiguous block of layers, chosen by how little the stream turns from its entry to its exit.

- `angular_block` (2403.17887): d(l, n) = arccos(cos(h_l, h_{l+n})) / pi of each text's
  last token, mean over texts; layers l* ... l*+n-1 go, l* = argmin. It sees one token a text, so texts that mostly end
  in the same token, as chats do, are refused.
- `cosine_block` (LLM-Streamline, 2403.19135): cos(h_l, h_{l+n}), mean over the tokens of each text, then over
  texts, l* = argmax. Only the choice of layers is theirs here: the small layer that they train in the block's place is
  recovery.

l ranges over 0 ... L-n, so the last layer may go; of equal blocks the deeper goes, as everywhere here. The trace lists
every block with its distance or cosine. Differences to the released numbers: h_L is taken before the final norm, where
RUCKBReasoning/LLM-Streamline @ adf50ba and arcee-ai/PruneMe @ faee6c9 read it after it, so the value of the last block
differs from theirs; and PruneMe has no block that begins at layer 0.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.methods.method import Ranking, method, once
from harness.methods.tools.hidden_states import hidden_states
from harness.prune.plan import LayerPlan
from harness.text.encode import plain_ids

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

    from harness.models.load import LoadedModel


def lowest_start(distances: Sequence[float]) -> int:
    """Where the block of the lowest distance begins; ties go to the deepest. Pure."""
    return min(range(len(distances)), key=lambda start: (distances[start], -start))


def require_various_ends(last: Sequence[int], tokenizer: "PreTrainedTokenizerBase") -> None:
    """Refuse texts of which more than half end in one token: they would measure that token and nothing else.

    Raises:
        BadInput: they do.
    """
    if len(last) < 2:  # noqa: PLR2004  # one text ends as it ends
        return
    token, times = Counter(last).most_common(1)[0]
    if 2 * times > len(last):
        raise BadInput(
            f"angular_block looks at the last token of each text only, and {times} of {len(last)} texts end in "
            f"{tokenizer.decode([token])!r}; calibrate on running text (--calibration wikitext2), or cut the texts"
        )


@method("angular_block", passes=once)
def angular_block(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Remove the block that turns the last token least.

    Raises:
        BadInput: there are no calibration texts, or most end in the same token.
    """
    import torch

    require_various_ends([plain_ids(text, loaded.tokenizer)[-1] for text in calibration], loaded.tokenizer)
    rows = []
    for states in hidden_states(loaded, calibration):
        last = torch.stack([state[-1] for state in states])  # (L + 1, D)
        cosines = torch.cosine_similarity(last[:-n], last[n:], dim=-1)
        rows.append(cosines.clamp(-1, 1).arccos() / math.pi)
    return _block(torch.stack(rows).mean(dim=0).tolist(), n, loaded.depth, "angular_block", sign=1)


@method("cosine_block", passes=once)
def cosine_block(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Remove the block whose input and output are most alike, token by token.

    Raises:
        BadInput: there are no calibration texts.
    """
    import torch

    rows = []
    for states in hidden_states(loaded, calibration):
        whole = torch.stack(states)  # (L + 1, T, D)
        rows.append(torch.cosine_similarity(whole[:-n], whole[n:], dim=-1).mean(dim=-1))
    return _block(torch.stack(rows).mean(dim=0).tolist(), n, loaded.depth, "cosine_block", sign=-1)


def _block(values: Sequence[float], n: int, depth: int, name: str, *, sign: int) -> Ranking:
    start = lowest_start([sign * value for value in values])
    trace = tuple(
        (LayerPlan.without(range(first, first + n), depth).describe(), value) for first, value in enumerate(values)
    )
    return Ranking(tuple(range(start, start + n)), None, name, trace=trace)
