"""Places of a cache that have room to grow against transformers' own, to the bit."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import DynamicCache
from transformers.cache_utils import DynamicIndexedLayer, DynamicLayer, DynamicSlidingWindowLayer

from harness.score.slots import BLOCK, append, can_join, hold, let_go, narrow, widen, with_room


def both(window):
    """A place with room, and transformers' own."""
    kinds = [DynamicLayer(), DynamicLayer()] if window is None else [DynamicSlidingWindowLayer(window) for _ in "12"]
    cache = DynamicCache()
    cache.layers = kinds[:1]
    return with_room(cache).layers[0], kinds[1]


def states(rows, tokens):
    """Keys and values of 2 heads."""
    return torch.randn(rows, 2, tokens, 4), torch.randn(rows, 2, tokens, 4)


@given(
    window=st.sampled_from([None, 3, 9, 200]),
    first=st.integers(1, 12),
    steps=st.lists(st.one_of(st.integers(1, 3), st.permutations([0, 1, 2]), st.just([1])), max_size=12),
)
def test_they_hold_and_give_the_same(window, first, steps):
    """Tokens one by one or several at once, rows that are put in order or leave; full and sliding attention."""
    ours, theirs = both(window)
    for step in [first, *steps]:
        if isinstance(step, list):
            rows = torch.tensor([row % len(theirs.keys) for row in step])
            ours.reorder_cache(rows)
            theirs.reorder_cache(rows)
        else:
            more = states(len(theirs.keys) if theirs.is_initialized else 3, step)
            assert all(map(torch.equal, ours.update(*more), theirs.update(*more)))
        assert torch.equal(ours.keys, theirs.keys)
        assert torch.equal(ours.values, theirs.values)
        assert (ours.get_seq_length(), ours.get_mask_sizes(1)) == (theirs.get_seq_length(), theirs.get_mask_sizes(1))


@pytest.mark.parametrize("window", [None, 10 * BLOCK])
def test_a_step_asks_for_no_memory(window):
    """But for one in so many."""
    ours, _ = both(window)
    ours.update(*states(3, 7))
    where = []
    for _ in range(2 * BLOCK):
        ours.update(*states(3, 1))
        where.append(ours.keys.data_ptr())

    assert sum(one != other for one, other in pairwise(where)) <= 2


@pytest.mark.parametrize("window", [None, 4, 20])
def test_rows_join_as_if_they_had_been_padded(window):
    """The shorter of two batches is padded at its beginning."""
    ours, theirs = both(window)
    other, _ = both(window)
    short, long, step = states(2, 5), states(1, 8), states(3, 1)
    ours.update(*short)
    other.update(*long)
    for slot in (ours, other):
        widen(slot, 8)
    append(ours, other)
    padded = [torch.cat([torch.nn.functional.pad(a, (0, 0, 3, 0)), b]) for a, b in zip(short, long, strict=True)]
    theirs.update(*padded)

    assert ours.get_mask_sizes(1) == theirs.get_mask_sizes(1)
    seen = min(8, 8 if window is None else window - 1)
    found, wanted = ours.update(*step), theirs.update(*step)
    assert [tensor.shape[-2] for tensor in found] == [seen + 1] * 2
    assert torch.equal(found[0][2], wanted[0][2])
    assert torch.equal(found[1][:2, :, -min(seen, 5) - 1 :], wanted[1][:2, :, -min(seen, 5) - 1 :])


@pytest.mark.parametrize("window", [None, 4, 7, 20])
@pytest.mark.parametrize("after", [0, 3])
def test_what_is_forgotten_was_never_there(window, after):
    """Tokens at the beginning go, as if no row had been padded by them; then it grows as ever."""
    ours, _ = both(window)
    theirs, _ = both(window)
    keys, values = states(2, 9)
    ours.update(keys, values)
    theirs.update(keys[..., 4:, :], values[..., 4:, :])
    for more in [states(2, 1) for _ in range(after)]:
        assert ours.update(*more)[0].shape[0] == theirs.update(*more)[0].shape[0]
    narrow(ours, 4)
    assert ours.get_mask_sizes(1) == theirs.get_mask_sizes(1)
    for more in [states(2, 1) for _ in range(4)]:
        assert all(map(torch.equal, ours.update(*more), theirs.update(*more)))


def test_places_that_hold_more_than_keys_and_values_are_not_joined():
    """What an indexer remembers would be lost."""
    assert can_join([DynamicLayer(), DynamicSlidingWindowLayer(4), both(None)[0]])
    assert not can_join([DynamicLayer(), DynamicIndexedLayer()])


@pytest.mark.parametrize("window", [None, 500])
def test_a_place_that_is_held_is_in_memory_once(window):
    """What it held before lies in its new room, and is let go of elsewhere; it goes on as transformers' own."""
    ours, theirs = both(window)
    before, at = states(2, 9), torch.tensor([9])
    ours.update(*before)
    theirs.update(*before)
    hold([ours], 70, at)
    assert [ours.keys.data_ptr(), ours.values.data_ptr()] == [
        ours.rooms[name].data_ptr() for name in ("keys", "values")
    ]
    more = states(2, 1)
    assert (ours.get_seq_length(), ours.get_mask_sizes(1)) == (69, (70, 0))
    room, _ = ours.update(*more)
    theirs.update(*more)
    let_go([ours], 10)

    assert room.shape[-2] == 70
    assert not room[..., 10:, :].any()
    assert torch.equal(ours.keys, theirs.keys)
    assert torch.equal(ours.values, theirs.values)
    assert (ours.get_seq_length(), ours.get_mask_sizes(1)) == (theirs.get_seq_length(), theirs.get_mask_sizes(1))
