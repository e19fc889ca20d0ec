"""What a training run did."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Fit:
    """Stored with every recovered variant."""

    steps: int
    tokens: int
    """Tokens run through the model, prompts included, padding left out."""
    learned_tokens: int
    """Tokens in the loss."""
    seconds: float
    loss: tuple[tuple[int, float], ...]
    """(step, mean loss since the point before), in nats a learned token; of streams, the mean square of a channel."""
    used: dict[str, float]
    """Settings as read back from the adapter and the optimiser, not as asked for."""
