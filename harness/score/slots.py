"""Places of a key-value cache that rows join: one layer's keys and values, of full or of sliding attention."""

from typing import Any


def widen(slot: Any, tokens: int) -> None:  # noqa: ANN401  # a layer of transformers' DynamicCache
    """Let a place remember so many tokens, by more of them at its beginning, which no row may attend to."""
    from torch.nn.functional import pad

    if not slot.is_initialized:
        return
    held = tokens
    if slot.is_sliding:
        slot.cumulative_length, held = tokens, min(tokens, slot.sliding_window - 1)
    more = (0, 0, max(0, held - slot.keys.shape[-2]), 0)
    slot.keys, slot.values = pad(slot.keys, more), pad(slot.values, more)


def append(slot: Any, other: Any) -> None:  # noqa: ANN401
    """Put another place's rows behind those of `slot`; both remember as many tokens."""
    import torch

    if not other.is_initialized:
        return
    if not slot.is_initialized:
        vars(slot).update(vars(other))
        return
    slot.keys, slot.values = torch.cat([slot.keys, other.keys]), torch.cat([slot.values, other.values])


def can_join(slots: "list[Any]") -> bool:
    """Whether all that these places hold is keys and values, so that nothing is lost where rows join."""
    from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

    return all(type(slot) in (DynamicLayer, DynamicSlidingWindowLayer) for slot in slots)
