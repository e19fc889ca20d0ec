"""The fewest operations and bytes that a piece of work can be done with, from the shapes alone. Pure.

Every measured time stands beside the larger of operations over the machine's matrix rate and bytes over its bandwidth:
no program is faster, so the ratio says how much is left to win. T tokens, D width, V vocabulary, L layers.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Shape:
    """What counts of a decoder's shape."""

    layers: int
    width: int
    vocabulary: int
    heads_width: int
    """Heads x width of a head, which is not always D."""
    cache_bytes: int
    """Key-value cache per token, in bytes."""
    body: int
    """Parameters of the layers."""
    bytes: int
    """Per parameter."""

    @property
    def head(self) -> int:
        """Parameters of the output layer: V x D."""
        return self.vocabulary * self.width


def shape_of(config: Any, body: int, size: int) -> Shape:  # noqa: ANN401  # one config class per family
    """The shape that a text config describes.

    Args:
        config: a text model's.
        body: parameters of its layers.
        size: bytes per parameter.
    """
    head = getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    layers = config.num_hidden_layers
    return Shape(
        layers=layers,
        width=config.hidden_size,
        vocabulary=config.vocab_size,
        heads_width=head * config.num_attention_heads,
        cache_bytes=2 * layers * head * config.num_key_value_heads * size,
        body=body,
        bytes=size,
    )


def forward_flops(shape: Shape, tokens: int, logits: int, context: float) -> float:
    """Operations of one pass: two per parameter and token, and attention over a mean of `context` earlier tokens.

    Args:
        shape: of the model.
        tokens: run through the layers.
        logits: tokens for which the output layer is asked.
        context: tokens that a token attends to, on average.
    """
    attention = 4 * shape.layers * shape.heads_width * context
    return tokens * (2 * shape.body + attention) + 2 * shape.head * logits


def training_flops(shape: Shape, tokens: int, learned: int, context: float, *, full: bool, recomputed: bool) -> float:
    """Operations of one step: forward, backward to the activations, and what the recipe adds.

    Args:
        shape: of the model.
        tokens: run through the layers.
        learned: tokens in the loss.
        context: tokens that a token attends to, on average.
        full: whether all weights get gradients, as many operations again.
        recomputed: whether the forward pass is done twice (checkpointing).
    """
    return forward_flops(shape, tokens, learned, context) * (2 + full + recomputed)


def step_bytes(shape: Shape, rows: int, context: int) -> float:
    """Bytes that one more token for each of `rows` rows must read: every weight once, and the rows' cache."""
    return (shape.body + shape.head) * shape.bytes + rows * context * shape.cache_bytes
