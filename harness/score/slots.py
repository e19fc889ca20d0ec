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


class _Held:
    """Of a place that can be held (`hold`)."""

    held_at: "torch.Tensor | None" = None
    """Where the next token is written, while it is."""

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        found: tuple[int, int] = super().get_mask_sizes(query_length)  # type: ignore[misc]  # as transformers' own
        return found if self.held_at is None else (_room(self), 0)

    def get_seq_length(self) -> int:
        return super().get_seq_length() if self.held_at is None else _room(self) - 1  # type: ignore[misc]


@cache
def _kinds() -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Places of full and of sliding attention, each with transformers' own."""
    from transformers import cache_utils

    full: Any = cache_utils.DynamicLayer
    sliding: Any = cache_utils.DynamicSlidingWindowLayer

    class Growing(_Held, full):  # type: ignore[misc]  # both are only known here
        """Of full attention."""

        def update(self, key_states: "torch.Tensor", value_states: "torch.Tensor", *_: Any, **__: Any) -> Any:  # noqa: ANN401
            if self.held_at is not None:
                return _write(self, key_states, value_states)
            return _grow(self, key_states, value_states)

        def reorder_cache(self, beam_idx: Any) -> None:  # noqa: ANN401
            super().reorder_cache(beam_idx)
            self.rooms: dict[str, Any] = {}

    class GrowingWindow(_Held, sliding):  # type: ignore[misc]
        """Of sliding attention; as transformers' own from where the window is full."""

        def update(self, key_states: "torch.Tensor", value_states: "torch.Tensor", *_: Any, **__: Any) -> Any:  # noqa: ANN401
            if self.held_at is not None:
                return _write(self, key_states, value_states)
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


def longest_held(slots: "list[Any]") -> int | None:
    """Tokens that these places can be held with at most, of which no window may leave one out.

    0: they cannot be held; None: with any number.
    """
    kinds = {ours for ours, _ in _kinds()}
    if any(type(slot) not in kinds for slot in slots) or not any(slot.is_initialized for slot in slots):
        return 0
    windows = [0 if slot.record_past else slot.sliding_window - 1 for slot in slots if slot.is_sliding]
    return min(windows, default=None)


def hold(slots: "list[Any]", size: int, at: "torch.Tensor") -> None:
    """Let places have room for so many tokens and stay where they are; the next one is written where `at` (1,) says.

    A place that is held gives all of its room, and says that the next token is the last one that it has room for: which
    of it is seen is the mask's to say.
    """
    for slot in slots:
        if slot.is_initialized:
            _make_room(slot, size, slot.keys.shape[-2])
            slot.held_at = at


def let_go(slots: "list[Any]", tokens: int) -> None:
    """Let places that were held grow again, behind so many tokens."""
    for slot in slots:
        if vars(slot).get("held_at") is not None:
            slot.held_at = None
            for name, room in slot.rooms.items():
                vars(slot)[name] = room[..., :tokens, :]
            if slot.is_sliding:
                slot.cumulative_length = tokens


def _room(slot: Any) -> int:  # noqa: ANN401
    """Tokens that a place which is held has room for."""
    return int(slot.rooms["keys"].shape[-2])


def _write(slot: Any, keys: "torch.Tensor", values: "torch.Tensor") -> "tuple[torch.Tensor, torch.Tensor]":  # noqa: ANN401
    """Write a token where a place that is held is told to; all of its room."""
    for name, more in (("keys", keys), ("values", values)):
        slot.rooms[name].index_copy_(-2, slot.held_at, more)
    return slot.rooms["keys"], slot.rooms["values"]


def _make_room(slot: Any, size: int, before: int) -> None:  # noqa: ANN401
    """Let a place have room for so many tokens, in front the ones that it holds; what is empty is zero.

    A number that is nowhere seen still takes part in a product with 0, and must not be infinite.
    """
    rooms = vars(slot).setdefault("rooms", {})
    for name in ("keys", "values"):
        now = vars(slot)[name]
        room = rooms[name] = now.new_empty(*now.shape[:-2], size, now.shape[-1])
        room[..., :before, :] = now
        room[..., before:, :] = 0
        vars(slot)[name] = room[..., :before, :]  # or what was held is in memory twice


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
