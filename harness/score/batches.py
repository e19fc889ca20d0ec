"""Batches that fit a token budget. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.score.cheapest import cheapest_runs
from harness.text.encode import EncodedPair

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CONTINUED = 2
"""Passes of what has a prefix."""


@dataclass(frozen=True)
class Group:
    """The rows of one context: what all begin with is run once, then what is left of each."""

    prefix: int
    """Tokens that all of them begin with."""
    tails: tuple[int, ...]
    """Tokens of each that are left."""

    @property
    def tokens(self) -> int:
        """To be run, without padding."""
        return self.prefix + sum(self.tails)


@dataclass(frozen=True)
class Load:
    """What a batch of groups comes to, in tokens."""

    groups: int = 0
    rows: int = 0
    prefix: int = 0
    """The longest."""
    tail: int = 0
    """The longest."""
    real: int = 0
    """To be run, without padding."""

    def plus(self, group: Group) -> "Load":
        """With one more group."""
        return Load(
            self.groups + 1,
            self.rows + len(group.tails),
            max(self.prefix, group.prefix),
            max(self.tail, *group.tails),
            self.real + group.tokens,
        )

    @property
    def computed(self) -> int:
        """To be run: contexts padded to the longest, and continuations padded to theirs."""
        return self.groups * self.prefix + self.rows * self.tail

    @property
    def held(self) -> int:
        """In memory at once: every continuation with its context, padded to the longest."""
        return self.rows * (self.prefix + self.tail)


def load_of(groups: Sequence[Group]) -> Load:
    """What a batch of these groups comes to."""
    load = Load()
    for group in groups:
        load = load.plus(group)
    return load


def group_batches(groups: Sequence[Group], budget: int, overhead: int) -> list[list[int]]:
    """Indices in batches that take the least, of groups in an order in which neighbours are alike.

    A batch costs what it runs, padding included, and `overhead` tokens for each of its passes; it holds `budget` tokens
    at most (a larger group gets its own). What has no prefix takes one pass instead of two, and is apart. Of two
    orders, by the continuation first and by the prefix first, the cheaper one is taken. Largest first, as of
    `token_batches`.
    """
    batches: list[list[int]] = []
    for passes in (1, _CONTINUED):
        mine = [at for at, group in enumerate(groups) if bool(group.prefix) is (passes == _CONTINUED)]
        orders = (
            sorted(mine, key=lambda at: (-max(groups[at].tails), -groups[at].prefix, at)),
            sorted(mine, key=lambda at: (-groups[at].prefix, -max(groups[at].tails), at)),
        )
        each = passes * overhead
        found = [cheapest_runs(_costs([groups[at] for at in order], budget, each)) for order in orders]
        (_, spans), order = min(zip(found, orders, strict=True), key=lambda one: one[0][0])
        batches += [order[first:last] for first, last in spans]
    return sorted(batches, key=lambda batch: -load_of([groups[at] for at in batch]).held)


def _costs(groups: Sequence[Group], budget: int, each: int) -> "Iterator[NDArray[np.int64]]":
    """Of each group in order, what the batches cost that end with it, at `each` a batch, as `cheapest_runs` asks."""
    import numpy as np

    # of a batch that ends here, by where it begins: its groups, rows, longest prefix and longest tail
    loads = np.zeros((4, 0), dtype=np.int64)
    for group in groups:
        count, rows, prefix, tail = np.append(loads, np.zeros((4, 1), dtype=np.int64), axis=1)
        count, rows = count + 1, rows + len(group.tails)
        prefix, tail = np.maximum(prefix, group.prefix), np.maximum(tail, max(group.tails))
        held = rows * (prefix + tail)
        fits = min(int((held > budget).sum()), len(held) - 1)  # the later it begins, the less it holds
        count, rows, prefix, tail = loads = np.stack([count, rows, prefix, tail])[:, fits:]
        yield count * prefix + rows * tail + each


def token_batches(lengths: Sequence[int], budget: int) -> list[list[int]]:
    """Indices in batches whose rows x longest row stay within `budget` tokens; a longer row gets its own batch.

    Longest first, so that running out of memory shows at once and estimates of time left err on the high side.
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    batches: list[list[int]] = []
    for index in order:
        if batches and (len(batches[-1]) + 1) * lengths[batches[-1][0]] <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def common_prefix(rows: Sequence[tuple[int, ...]]) -> int:
    """Length of the longest prefix that all `rows` share."""
    return begun_alike(min(rows), max(rows))  # of rows in order, all between share what these two do


def begun_alike(one: tuple[int, ...], other: tuple[int, ...]) -> int:
    """Tokens that two rows begin with in common."""
    length = min(len(one), len(other))
    return next((place for place in range(length) if one[place] != other[place]), length)


def inputs_of(pairs: Sequence[EncodedPair]) -> list[tuple[int, ...]]:
    """The rows that the pairs of a group are read off, each once: all but the last token, which predicts nothing."""
    return list(dict.fromkeys(pair.ids[:-1] for pair in pairs))


def shared_tokens(rows: Sequence[tuple[int, ...]]) -> int:
    """Tokens that are run once for all `inputs_of` a group: their common prefix, so long as each has one left.

    None where there is but one row, as where options are one token each: it is run whole, in one pass.
    """
    return 0 if len(rows) == 1 else min(common_prefix(rows), min(map(len, rows)) - 1)
