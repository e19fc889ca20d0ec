"""How many tokens a generation batch may have on a card, reckoned from a model's shape.

Measured peaks of the catalogue's models on an H200 (docs/gpu-tier.md: 204 rows of 640 tokens of Llama-3.1-8B and of
Gemma-2-2B, 409 of Qwen2.5-7B) are 1.16, 1.22 and 1.18 times what is reckoned here for the tokens.
"""

from typing import Any

from harness.models.cards import take_cards

_USED = 0.85
"""Of a card's memory, by all processes together."""
_SPARE = 1.25
"""Above what is reckoned: a little more than was measured."""
_SHAPE = ("hidden_size", "intermediate_size", "num_attention_heads", "num_hidden_layers")
_MOST = 1 << 20
"""Tokens of any batch: more rows keep no card busier."""


def sharing() -> int:
    """Processes of this run that share this one's card: workers of pytest-xdist."""
    return take_cards().sharers


def generation_tokens(config: Any, size: int, resident: int, memory: int, processes: int = 1) -> int | None:  # noqa: ANN401
    """Prompt and answer tokens that fit beside the weights; None where the config does not tell.

    Each token takes its keys and values in all layers, and while prompts are read the inner states of one MLP.

    Args:
        config: a text model's.
        size: bytes per number.
        resident: bytes of the weights.
        memory: bytes of the card.
        processes: that share the card, each with weights of its own.
    """
    told = [getattr(config, name, None) for name in _SHAPE]
    if not all(isinstance(value, int) and value > 0 for value in told):
        return None
    width, inner, heads, layers = (int(value or 0) for value in told)
    shared = int(getattr(config, "num_key_value_heads", None) or heads)
    head = int(getattr(config, "head_dim", None) or width // heads)
    per_token = size * (2 * layers * head * shared + 3 * inner)
    left = _USED * memory / processes - resident
    return max(1, min(_MOST, int(left / (_SPARE * per_token))))
