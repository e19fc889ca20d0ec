"""Whether two models compute the same: token ids without meaning, their logits, and how far those are apart."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

TOLERANCE = 1e-5  # of the largest logit, float32
ROWS, TOKENS = 2, 12


def probe_ids(vocabulary: int, seed: int = 0) -> "torch.Tensor":
    """Token ids (B, T) without special tokens."""
    import torch

    return torch.randint(3, vocabulary - 3, (ROWS, TOKENS), generator=torch.Generator().manual_seed(seed))


def logits(model: "PreTrainedModel", ids: "torch.Tensor") -> "torch.Tensor":
    """Logits (B, T, V) without a key-value cache."""
    import torch

    with torch.inference_mode():
        found: torch.Tensor = model(input_ids=ids, use_cache=False).logits
    return found


def distance(one: "torch.Tensor", other: "torch.Tensor") -> float:
    """Largest difference of two logits, relative to the largest of the second; NaN counts as infinite."""
    if one.shape != other.shape:
        return float("inf")
    far = float((one - other).abs().max() / other.abs().max().clamp(min=1.0))
    return far if far == far else float("inf")  # noqa: PLR0124  # NaN is the only value that differs from itself
