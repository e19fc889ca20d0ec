"""Batches: what is asked together, and how much of it is padding."""

import random
from functools import reduce
from itertools import combinations, pairwise

from hypothesis import given
from hypothesis import strategies as st

from harness.score.batches import (
    Group,
    Load,
    common_prefix,
    group_batches,
    inputs_of,
    shared_tokens,
)
from harness.score.overhead import PASS
from harness.text.encode import EncodedPair


def load(groups):
    """What a batch comes to."""
    return reduce(Load.plus, groups, Load())


GROUPS = st.lists(
    st.builds(Group, st.integers(0, 120), st.lists(st.integers(1, 90), min_size=1, max_size=5).map(tuple)), max_size=60
)


@given(GROUPS, st.integers(16, 9000))
def test_every_group_is_asked_once_within_the_budget(groups, budget):
    """A group larger than the budget has a batch of its own."""
    batches = group_batches(groups, budget, budget // PASS)

    assert sorted(index for batch in batches for index in batch) == list(range(len(groups)))
    assert all(len(batch) == 1 or load([groups[at] for at in batch]).held <= budget for batch in batches)
    sizes = [load([groups[at] for at in batch]).held for batch in batches]
    assert sizes == sorted(sizes, reverse=True)


def cost(groups, batches, budget):
    """What batches run, and what their passes take."""
    passes = sum(2 if groups[batch[0]].prefix else 1 for batch in batches)
    return sum(load([groups[at] for at in batch]).computed for batch in batches) + passes * (budget // PASS)


@given(st.lists(st.builds(Group, st.just(7), st.tuples(st.integers(1, 60))), max_size=9), st.integers(256, 9000))
def test_no_other_batches_take_less(groups, budget):
    """Against every way to cut groups that are ordered by length, of which one is always the best."""
    order = sorted(range(len(groups)), key=lambda at: -max(groups[at].tails))
    cuts = (
        [0, *places, len(groups)]
        for count in range(len(groups))
        for places in combinations(range(1, len(groups)), count)
    )
    ways = ([order[first:last] for first, last in pairwise(places)] for places in cuts)
    fit = [way for way in ways if all(len(one) == 1 or load([groups[at] for at in one]).held <= budget for one in way)]
    found = cost(groups, group_batches(groups, budget, budget // PASS), budget)

    assert found == min((cost(groups, way, budget) for way in fit), default=0)


@given(GROUPS, st.integers(256, 9000))
def test_neither_one_batch_nor_one_a_group_takes_less(groups, budget):
    """Nor any that were made by length alone."""
    found = cost(groups, group_batches(groups, budget, budget // PASS), budget)

    assert found <= cost(groups, [[at] for at in range(len(groups))], budget)
    for passes in (False, True):
        mine = [at for at, group in enumerate(groups) if bool(group.prefix) is passes]
        if mine and load([groups[at] for at in mine]).held <= budget:
            apart = [[at] for at, group in enumerate(groups) if bool(group.prefix) is not passes]
            assert found <= cost(groups, [mine, *apart], budget)


def test_unlike_lengths_do_not_pad_each_other():
    """Contexts of a line, with answers of a word to a paragraph, as PIQA has them."""
    draw = random.Random(0)
    groups = [
        Group(draw.randint(6, 25), (words := draw.randint(3, 80), words + draw.randint(0, 4))) for _ in range(400)
    ]
    together = [groups[start : start + 50] for start in range(0, 400, 50)]
    batches = [[groups[at] for at in batch] for batch in group_batches(groups, 8192, 40)]

    real = sum(group.tokens for group in groups)
    assert real < 0.6 * sum(load(batch).computed for batch in together)
    assert real > 0.85 * sum(load(batch).computed for batch in batches)


def test_what_a_context_shares_with_its_continuations_is_counted():
    """What they begin with in common, options included, so long as each has a token left; the last is never run."""
    pairs = [EncodedPair((1, 2, 3, 4, 5, 6), 2), EncodedPair((1, 2, 3, 4, 9, 7), 2), EncodedPair((1, 2, 3, 4, 9, 8), 2)]
    assert inputs_of(pairs) == [(1, 2, 3, 4, 5), (1, 2, 3, 4, 9)]
    assert shared_tokens(inputs_of(pairs)) == 4
    assert shared_tokens([(1, 2), (1, 2, 3)]) == 1


def test_options_of_one_token_are_one_row():
    """Which is run whole."""
    pairs = [EncodedPair((1, 2, 3), 2), EncodedPair((1, 2, 4), 2)]
    assert inputs_of(pairs) == [(1, 2)]
    assert shared_tokens(inputs_of(pairs)) == 0


@given(st.lists(st.lists(st.integers(0, 2), max_size=9).map(tuple), min_size=1, max_size=5))
def test_a_common_prefix_is_found(rows):
    """Against every length in turn."""
    lengths = range(min(map(len, rows)) + 1)
    assert common_prefix(rows) == max(n for n in lengths if all(row[:n] == rows[0][:n] for row in rows))


@given(GROUPS, st.integers(16, 9000))
def test_what_takes_one_pass_is_apart_from_what_takes_two(groups, budget):
    """A batch of both would be run in parts."""
    for batch in group_batches(groups, budget, budget // PASS):
        assert len({groups[at].prefix == 0 for at in batch}) == 1
