"""Three ways to write tokens after prompts, from the fastest to the one that is right by definition.

Each starts from prompts, takes one token a row, and lets finished rows go. B rows, V vocabulary.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from harness.score.forward import CACHES, keeping, prefill, whole
from harness.score.recorded import Recorded, begun
from harness.score.slots import append, narrow, widen

if TYPE_CHECKING:
    import torch
    from transformers import DynamicCache, PreTrainedModel

    from harness.score.recorded import Recorder


class Decoder(Protocol):
    """A batch of answers in the making."""

    def start(self, prompts: Sequence[Sequence[int]]) -> "torch.Tensor":
        """Next-token logits of the prompts (B, V)."""

    def keep(self, rows: "torch.Tensor") -> None:
        """Leave all other rows of the batch; `rows` are places in it."""

    def step(self, tokens: "torch.Tensor") -> "torch.Tensor":
        """Next-token logits (B, V) after one more token for each row (B,)."""


@runtime_checkable
class Joining(Decoder, Protocol):
    """A batch that others may join, of a model that `refill.refills`."""

    def join(self, other: Any) -> None:  # noqa: ANN401  # another of its own kind
        """Take another batch's rows in, behind those that are there."""


class PaddedDecoder:
    """Prompts of unequal length, padded on the left, with a cache."""

    cache: "DynamicCache"
    mask: "torch.Tensor"
    recorded: Recorded | None = None
    """The steps since rows last left or joined, where they are recorded; what they wrote is not in `mask` yet."""

    def __init__(self, model: "PreTrainedModel", pad: int, recorder: "Recorder | None" = None) -> None:
        """`pad` fills the shorter prompts; the mask hides it. `recorder` as of `replay.recorder_of`."""
        self.model, self.pad, self.recorder = model, pad, recorder

    def start(self, prompts: Sequence[Sequence[int]]) -> "torch.Tensor":
        """Next-token logits of the prompts (B, V)."""
        logits, self.cache, self.mask = prefill(self.model, prompts, self.pad)
        return logits

    def keep(self, rows: "torch.Tensor") -> None:
        """Leave all other rows of the batch."""
        self.settle()
        self.cache.reorder_cache(rows)  # type: ignore[arg-type]  # any tensor of integers will do
        self.mask = self.mask[rows]

    def settle(self) -> None:
        """Have all that was written in the cache and in the mask."""
        if self.recorded is not None:
            self.mask, self.recorded = self.recorded.end(), None

    def join(self, other: "PaddedDecoder", uncounted: int = 0) -> None:
        """Take another batch's rows in, the shorter of both padded on the left.

        Tokens that no row of this one has left are forgotten, so that a batch which is joined again and again does not
        grow. Of the first `uncounted` places of the cache only the tokens are counted.
        """
        import torch
        from torch.nn.functional import pad

        self.settle()
        other.settle()
        slots: list[Any] = self.cache.layers
        others: list[Any] = other.cache.layers
        unseen = self.mask.shape[1] - int(self.mask.sum(-1).max())
        self.mask = self.mask[:, unseen:]
        tokens = max(self.mask.shape[1], other.mask.shape[1])
        for place, (slot, more) in enumerate(zip(slots, others, strict=True)):
            narrow(slot, unseen)
            widen(slot, tokens)
            widen(more, tokens)
            if place >= uncounted:
                append(slot, more)
        self.mask = torch.cat([pad(mask, (tokens - mask.shape[1], 0)) for mask in (self.mask, other.mask)])

    def step(self, tokens: "torch.Tensor") -> "torch.Tensor":
        """Next-token logits (B, V) after one more token for each row (B,)."""
        import torch

        if self.recorded is None or self.recorded.full:
            self.settle()
            self.recorded = begun(self.model, self.cache, self.mask, self.recorder)
        if self.recorded is not None:
            return self.recorded.step(tokens)
        self.mask = torch.cat([self.mask, self.mask.new_ones(len(tokens), 1)], dim=1)
        found: torch.Tensor = self.model(
            input_ids=tokens[:, None],
            attention_mask=self.mask,
            position_ids=self.mask.sum(-1, keepdim=True) - 1,
            past_key_values=self.cache,
            use_cache=True,
        ).logits[:, -1]
        return found


class EvenDecoder:
    """Prompts of one length, with the cache that the model makes itself; it counts its positions itself too."""

    cache: Any
    name: str

    def __init__(self, model: "PreTrainedModel") -> None:
        """The cache's name is read off the model's first output."""
        self.model = model

    def start(self, prompts: Sequence[Sequence[int]]) -> "torch.Tensor":
        """Next-token logits of the prompts (B, V)."""
        import torch

        ids = torch.tensor([list(prompt) for prompt in prompts], device=self.model.device)
        output = self.model(input_ids=ids, use_cache=True, **keeping(self.model, ids, 1))
        self.name = next(name for name in CACHES if getattr(output, name, None) is not None)
        return self._read(output)

    def keep(self, rows: "torch.Tensor") -> None:
        """Leave all other rows of the batch."""
        self.cache.reorder_cache(rows)

    def step(self, tokens: "torch.Tensor") -> "torch.Tensor":
        """Next-token logits (B, V) after one more token for each row (B,)."""
        return self._read(self.model(input_ids=tokens[:, None], use_cache=True, **{self.name: self.cache}))

    def _read(self, output: Any) -> "torch.Tensor":  # noqa: ANN401  # one output class a family
        self.cache = output[self.name]
        logits: torch.Tensor = output.logits[:, -1]
        return logits


class UncachedDecoder:
    """Everything is computed anew for every token."""

    rows: list[list[int]]

    def __init__(self, model: "PreTrainedModel") -> None:
        """Rows of unequal length are padded on the right, where a model is asked for several at once."""
        self.model = model

    def start(self, prompts: Sequence[Sequence[int]]) -> "torch.Tensor":
        """Next-token logits of the prompts (B, V)."""
        self.rows = [list(prompt) for prompt in prompts]
        return last_logits(self.model, self.rows)

    def keep(self, rows: "torch.Tensor") -> None:
        """Leave all other rows of the batch."""
        self.rows = [self.rows[place] for place in rows.tolist()]

    def step(self, tokens: "torch.Tensor") -> "torch.Tensor":
        """Next-token logits (B, V) after one more token for each row (B,)."""
        for row, token in zip(self.rows, tokens.tolist(), strict=True):
            row.append(token)
        return last_logits(self.model, self.rows)


def last_logits(model: "PreTrainedModel", rows: Sequence[Sequence[int]]) -> "torch.Tensor":
    """Next-token logits of rows of any length (B, V), in one pass without a cache."""
    import torch

    first = min(len(row) for row in rows) - 1
    ends = torch.tensor([len(row) - 1 - first for row in rows])
    return whole(model, rows, first)[torch.arange(len(rows)), ends]
