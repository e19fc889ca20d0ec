"""Rows of tokens as a trie: what any of them begin with in common is there once, and nothing is padding. Pure.

Of the options of a question the question is there once, of questions behind the same examples the examples are, and of
the two contexts of a WinoGrande item all up to the word that differs. A pass over the nodes, each of which sees those
above it, gives what passes over the rows would.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.score.batches import begun_alike
from harness.score.cheapest import cheapest_runs
from harness.text.encode import EncodedPair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Row = tuple[int, ...]
MOST_ROWS = 2048
"""Of a batch."""


@dataclass(frozen=True)
class Packed:
    """How rows are run as tries."""

    begin: float
    """Cost of a pass beside that of its nodes, which is 1 each."""
    pairs: float
    """Cost of each pair of nodes."""
    most: int
    """Nodes of a pass of several rows."""
    reach: int | None = None
    """Tokens of the longest row; None: any."""

    def reaches(self, tokens: int) -> bool:
        """Whether a row of so many tokens may be run so."""
        return self.reach is None or tokens <= self.reach

    def cost(self, nodes: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Of passes over so many nodes."""
        return self.begin + nodes + self.pairs * nodes**2


@dataclass(frozen=True)
class Trie:
    """Nodes in the order of a walk, so that all below a node follow it directly."""

    ids: list[int]
    """Token of each node."""
    depths: list[int]
    """Nodes above each, its position in every row that it is of."""
    ends: list[int]
    """First node behind all that are below each; a node is seen by itself and by those before its end."""
    paths: list[list[int]]
    """Nodes of each row, in the order of the rows."""


def trie_of(rows: Sequence[Row]) -> Trie:
    """The trie of some rows, each of one token or more."""
    trie = Trie([], [], [], [[] for _ in rows])
    path, before = list[int](), Row()
    for place in sorted(range(len(rows)), key=rows.__getitem__):
        row = rows[place]
        kept = begun_alike(before, row)
        _close(trie, path[kept:])
        path = path[:kept] + [len(trie.ids) + more for more in range(len(row) - kept)]
        trie.ids.extend(row[kept:])
        trie.depths.extend(range(kept, len(row)))
        trie.ends.extend([0] * (len(row) - kept))
        trie.paths[place] = path
        before = row
    _close(trie, path)
    return trie


def _close(trie: Trie, nodes: Sequence[int]) -> None:
    """Nothing more is below these nodes."""
    for node in nodes:
        trie.ends[node] = len(trie.ids)


def wanted_of(pairs: Sequence[EncodedPair], trie: Trie) -> list[int]:
    """Nodes that predict a token of a continuation, in order; the trie's rows are those of the pairs, each once."""
    rows = {pair.ids[:-1]: None for pair in pairs}
    paths = dict(zip(rows, trie.paths, strict=True))
    return sorted({node for pair in pairs for node in paths[pair.ids[:-1]][pair.start - 1 :]})


def tries_of(rows: Sequence[Row], by: Packed) -> list[list[int]]:
    """Places of distinct rows in batches whose passes take the least together; the largest first.

    Rows that begin alike are neighbours, and a cut between them is paid for by running again what they share. So of all
    ways to cut the rows in their order the cheapest is taken.
    """
    import numpy as np

    order = sorted(range(len(rows)), key=rows.__getitem__)
    alike = np.array([0, *(begun_alike(rows[one], rows[two]) for one, two in pairwise(order))][: len(rows)])
    # nodes of rows first to last: those that each adds to the one before, and what the first has in common with its own
    upto = np.concatenate([[0], np.cumsum([len(rows[at]) for at in order] - alike)]) if rows else np.zeros(1)

    def costs() -> "Iterator[NDArray[np.float64]]":
        for end in range(1, len(rows) + 1):
            low = max(0, end - MOST_ROWS)
            nodes = upto[end] - upto[low:end] + alike[low:end]
            found = by.cost(nodes)
            found[:-1][nodes[:-1] > by.most] = np.inf  # the last is one row
            yield found

    _, spans = cheapest_runs(costs())
    spans.sort(key=lambda one: -(upto[one[1]] - upto[one[0]] + alike[one[0]]))
    return [order[first:last] for first, last in spans]
