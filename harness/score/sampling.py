"""Choosing next tokens: the most likely, or drawn with temperature and top-p.

Draws use the Gumbel trick (argmax of log-probability plus Gumbel noise is a draw from the softmax) with one random
stream a row, so that an answer is the same in a batch of one and of sixty-four.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.text.requests import Sampling

if TYPE_CHECKING:
    import torch


def require_sampling(sampling: Sampling) -> None:
    """Refuse a setting that draws nothing.

    Raises:
        BadInput: the temperature is not above 0, or top-p is no share.
    """
    if not sampling.temperature > 0:
        raise BadInput(f"temperature {sampling.temperature}: expected more than 0; leave sampling out to be greedy")
    if not 0 < sampling.top_p <= 1:
        raise BadInput(f"top-p {sampling.top_p}: expected a share above 0 and at most 1")


class Drawer:
    """Chooses the next token of every row; holds the rows' random streams."""

    def __init__(self, samplings: "Sequence[Sampling | None]" = ()) -> None:
        """One setting for each of the first rows; None is greedy."""
        self.samplings: dict[int, Sampling | None] = {}
        self.streams: dict[int, torch.Generator] = {}
        for index, sampling in enumerate(samplings):
            self.admit(index, sampling)

    def admit(self, index: int, sampling: Sampling | None) -> None:
        """Let a further row draw, by a stream of its own."""
        import torch

        self.samplings[index] = sampling
        if sampling is not None:
            require_sampling(sampling)
            # on the CPU: the same draws on every device
            self.streams[index] = torch.Generator().manual_seed(sampling.seed)

    def choose(self, logits: "torch.Tensor", rows: Sequence[int]) -> "torch.Tensor":
        """Token ids (B,) from next-token logits (B, V); `rows` says whose each line is."""
        import torch

        chosen = logits.argmax(-1)
        for line, index in enumerate(rows):
            sampling = self.samplings[index]
            if sampling is None:
                continue
            scores = top_p(logits[line].float() / sampling.temperature, sampling.top_p)
            uniform = torch.rand(scores.shape, generator=self.streams[index]).to(scores.device)
            chosen[line] = (scores - (-uniform.log()).log()).argmax()
        return chosen


def top_p(scores: "torch.Tensor", share: float) -> "torch.Tensor":
    """Scores (V,) with all but the most likely tokens, which together reach `share`, at minus infinity."""
    if share == 1:
        return scores  # sorting the vocabulary for every token takes longer than a small model
    ordered, order = scores.sort(descending=True)
    before = ordered.softmax(-1).cumsum(-1) - ordered.softmax(-1)
    return scores.index_fill(0, order[before >= share], float("-inf"))
