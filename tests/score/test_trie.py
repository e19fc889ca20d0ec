"""Rows as a trie, and how they are cut into passes."""

from itertools import combinations, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from harness.score.batches import begun_alike
from harness.score.trie import MOST_ROWS, Packed, trie_of, tries_of, wanted_of
from harness.text.encode import EncodedPair

ROWS = st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6).map(tuple), min_size=1, max_size=12)


@given(ROWS)
def test_paths_spell_the_rows_and_each_beginning_is_there_once(rows):
    """Equal rows have one path; positions count from the root."""
    trie = trie_of(rows)

    assert [tuple(trie.ids[node] for node in path) for path in trie.paths] == rows
    assert all([trie.depths[node] for node in path] == list(range(len(path))) for path in trie.paths)
    assert len(trie.ids) == len({row[: end + 1] for row in rows for end in range(len(row))})


@given(ROWS)
def test_a_node_is_seen_by_itself_and_by_what_is_below_it(rows):
    """That is how a row sees its own beginning, and nothing of another."""
    trie = trie_of(rows)
    above = {(node, seen) for path in trie.paths for at, node in enumerate(path) for seen in path[: at + 1]}

    assert above == {
        (node, seen) for node in range(len(trie.ids)) for seen in range(node + 1) if node < trie.ends[seen]
    }


def cost(rows, batches, by):
    """Of a way to cut rows."""
    return sum(float(by.cost(np.array(len(trie_of([rows[at] for at in batch]).ids)))) for batch in batches)


@given(ROWS.map(lambda rows: list(dict.fromkeys(rows))[:7]), st.floats(0.1, 20), st.floats(0, 0.5))
def test_no_other_cut_takes_less(rows, begin, pairs):
    """Of all cuts of the rows in their order; every row is asked once, the largest batches first."""
    by, order = Packed(begin, pairs, 99), sorted(range(len(rows)), key=rows.__getitem__)
    cuts = ([0, *at, len(rows)] for count in range(len(rows)) for at in combinations(range(1, len(rows)), count))
    ways = [[order[first:last] for first, last in pairwise(places)] for places in cuts]
    found = tries_of(rows, by)
    sizes = [len(trie_of([rows[at] for at in batch]).ids) for batch in found]

    assert sorted(at for batch in found for at in batch) == list(range(len(rows)))
    assert sizes == sorted(sizes, reverse=True)
    assert abs(cost(rows, found, by) - min(cost(rows, way, by) for way in ways)) < 1e-6


@given(ROWS.map(lambda rows: list(dict.fromkeys(rows))), st.integers(1, 20))
def test_no_pass_of_several_rows_is_longer_than_allowed(rows, most):
    """Whatever a pass costs; a row that is longer has one of its own."""
    found = tries_of(rows, Packed(1000.0, 0.0, most))

    assert all(len(batch) == 1 or len(trie_of([rows[at] for at in batch]).ids) <= most for batch in found)


def test_rows_beyond_a_window_are_not_packed():
    """Who has none packs any."""
    assert [Packed(1.0, 0.0, 99, 7).reaches(tokens) for tokens in (7, 8)] == [True, False]
    assert Packed(1.0, 0.0, 99).reaches(10**6)


def test_a_batch_has_no_more_rows_than_may_be_looked_at():
    """However little each takes."""
    rows = [(1, at) for at in range(MOST_ROWS + 1)]

    assert [len(batch) for batch in tries_of(rows, Packed(10.0**9, 0.0, 10**6))] == [MOST_ROWS, 1]
    assert tries_of([], Packed(1.0, 0.0, 9)) == []


def test_what_predicts_a_continuation_is_wanted_and_nothing_else():
    """Of two options of one token the context's last node alone; of longer ones those within too."""
    pairs = [EncodedPair((1, 2, 3, 4), 2), EncodedPair((1, 2, 5, 4), 2), EncodedPair((1, 2, 9), 2)]
    trie = trie_of(list(dict.fromkeys(pair.ids[:-1] for pair in pairs)))

    assert [trie.ids[node] for node in wanted_of(pairs, trie)] == [2, 3, 5]


@given(ROWS)
def test_two_rows_begin_alike_up_to_where_they_differ(rows):
    """Or where one ends."""
    one, other = rows[0], rows[-1]
    alike = begun_alike(one, other)

    assert one[:alike] == other[:alike]
    assert alike in (len(one), len(other)) or one[alike] != other[alike]
