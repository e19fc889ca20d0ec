"""Places of a key-value cache: one layer's keys and values, of full or of sliding attention, with room to grow.

transformers' own places make a new tensor for every token of every layer. Each is a little larger than the one before,
so on a GPU no freed memory fits it: new memory is asked for in every step, which takes longer than the step, and leaves
gaps. These grow by BLOCK tokens at a time, and a step writes one.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import DynamicCache

BLOCK = 64
"""Tokens that there is room for beyond what is held, at most."""


def with_room(held: "DynamicCache") -> "DynamicCache":
    """An empty cache whose places for keys and values have room to grow, where transformers' own had none; changed."""
    (full, own_full), (sliding, own_sliding) = _kinds()
    slots: list[Any] = held.layers
    for place, slot in enumerate(slots):
        if type(slot) is own_full:
            slots[place] = full()
        elif type(slot) is own_sliding:
            slots[place] = sliding(slot.sliding_window)
    return held


@cache
def _kinds() -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Places of full and of sliding attention, each with transformers' own."""
    from transformers import cache_utils

    full: Any = cache_utils.DynamicLayer
    sliding: Any = cache_utils.DynamicSlidingWindowLayer

    class Growing(full):  # type: ignore[misc]  # both are only known here
        """Of full attention."""

        def update(self, key_states: "torch.Tensor", value_states: "torch.Tensor", *_: Any, **__: Any) -> Any:  # noqa: ANN401
            return _grow(self, key_states, value_states)

        def reorder_cache(self, beam_idx: Any) -> None:  # noqa: ANN401
            super().reorder_cache(beam_idx)
            self.rooms: dict[str, Any] = {}

    class GrowingWindow(sliding):  # type: ignore[misc]
        """Of sliding attention; as transformers' own from where the window is full."""

        def update(self, key_states: "torch.Tensor", value_states: "torch.Tensor", *_: Any, **__: Any) -> Any:  # noqa: ANN401
            if self.cumulative_length + key_states.shape[-2] >= self.sliding_window or self.record_past:
                self.rooms: dict[str, Any] = {}
                return super().update(key_states, value_states)
            self.cumulative_length += key_states.shape[-2]
            return _grow(self, key_states, value_states)

        def reorder_cache(self, beam_idx: Any) -> None:  # noqa: ANN401
            super().reorder_cache(beam_idx)
            self.rooms = {}

    return (Growing, full), (GrowingWindow, sliding)


def _grow(slot: Any, keys: "torch.Tensor", values: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":  # noqa: ANN401
    """Write more tokens behind those of a place; all of them, as parts of longer tensors."""
    if not slot.is_initialized:
        slot.lazy_initialization(keys, values)
    if slot.keys.numel() == 0:
        slot.keys, slot.values = keys.contiguous(), values.contiguous()
        return slot.keys, slot.values
    before = slot.keys.shape[-2]
    after = before + keys.shape[-2]
    rooms = vars(slot).setdefault("rooms", {})
    for name, more in (("keys", keys), ("values", values)):
        room, now = rooms.get(name), vars(slot)[name]
        if room is None or room.shape[-2] < after or room.data_ptr() != now.data_ptr():  # or rows came or went
            size = -(-after // BLOCK) * BLOCK if keys.shape[-2] == 1 else after
            room = rooms[name] = now.new_empty(*now.shape[:-2], size, now.shape[-1])
            room[..., :before, :] = now
        room[..., before:after, :] = more
        vars(slot)[name] = room[..., :after, :]
    return slot.keys, slot.values


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


def narrow(slot: Any, tokens: int) -> None:  # noqa: ANN401
    """Let a place forget so many tokens at its beginning, which no row attends to."""
    if not slot.is_initialized or tokens == 0:
        return
    if slot.is_sliding:
        slot.cumulative_length = max(0, slot.cumulative_length - tokens)
        left = min(slot.cumulative_length, slot.sliding_window - 1)
    else:
        left = slot.keys.shape[-2] - tokens
    first = slot.keys.shape[-2] - max(0, left)
    slot.keys, slot.values = slot.keys[..., first:, :], slot.values[..., first:, :]


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
    kinds = [kind for pair in _kinds() for kind in pair]
    return all(type(slot) in kinds for slot in slots)
