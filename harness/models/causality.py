"""Whether a model reads text from left to right: what it says of a beginning must not depend on the end."""

from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

TOKENS = 8
TOLERANCE = 0.02  # of the largest logit; rounding in bfloat16 is a tenth of it, an encoder differs by its size
FIRST, LAST = 3, 50  # token ids that any vocabulary has and that mark no image


def require_causal(model: "PreTrainedModel", who: str) -> None:
    """Refuse a model whose first positions see the last token: an encoder, or a decoder that is not told to be one.

    One forward pass of two rows.

    Raises:
        BadInput: it sees the future, or does not run on text alone.
    """
    import torch

    ids = torch.arange(TOKENS).repeat(2, 1) % (min(model.config.get_text_config().vocab_size, LAST) - FIRST) + FIRST
    ids[1, -1] = FIRST
    try:
        with torch.inference_mode():
            found: torch.Tensor = model(input_ids=ids.to(model.device), use_cache=False).logits[:, :-1].float()
    except Exception as error:  # a family may ask for anything
        why = " ".join(str(error).split())[:120]
        raise BadInput(
            f"{who}: {type(model).__name__} does not run on a text of {TOKENS} tokens ({type(error).__name__}: {why}); "
            f"expected a causal language model, or one with a vision tower that answers without an image"
        ) from error
    if _far(found[0], found[1]) > TOLERANCE:
        raise BadInput(
            f"{who}: {type(model).__name__} sees the future: what it says of a text's beginning changes with its last "
            f"token (is_decoder is {getattr(model.config, 'is_decoder', 'not set')}); expected a causal language model"
        )


def _far(one: "torch.Tensor", other: "torch.Tensor") -> float:
    """Largest difference relative to the largest logit; 0 where there are NaN, which the scorer refuses."""
    far = float((one - other).abs().max() / other.abs().max().clamp(min=1e-6))
    return far if far == far else 0.0  # noqa: PLR0124  # NaN is the only value that differs from itself
