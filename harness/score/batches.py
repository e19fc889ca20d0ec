"""Batches that fit a token budget. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.text.encode import EncodedPair

MOST_PADDING = 0.15
"""Of the computed tokens of a scoring batch, once it has enough of them."""
ENOUGH = 64
"""A batch has enough where it computes one part in so many of the budget, padding included: fewer tokens keep no
machine busy."""


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


def group_batches(groups: Sequence[Group], budget: int) -> list[list[int]]:
    """Indices in batches of groups that are alike, so that little of what is run is padding.

    A batch holds at most `budget` tokens (a larger group gets its own), and ends where more than MOST_PADDING of what
    it runs would be padding and it has ENOUGH. What has no prefix takes one pass instead of two, and is apart.
    Largest first, as of `token_batches`.
    """
    order = sorted(
        range(len(groups)), key=lambda at: (not groups[at].prefix, -max(groups[at].tails), -groups[at].prefix, at)
    )
    batches: list[tuple[Load, list[int]]] = []
    for at in order:
        load, batch = batches[-1] if batches else (Load(), [])
        more = load.plus(groups[at])
        few = more.computed <= budget // ENOUGH
        alike = bool(load.prefix) == bool(groups[at].prefix)
        if batch and alike and more.held <= budget and (few or more.real >= (1 - MOST_PADDING) * more.computed):
            batch.append(at)
            batches[-1] = more, batch
        else:
            batches.append((Load().plus(groups[at]), [at]))
    return [batch for _, batch in sorted(batches, key=lambda one: -one[0].held)]


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
    first, last = min(rows), max(rows)  # of rows in order, all between share what these two do
    length = min(len(first), len(last))
    return next((place for place in range(length) if first[place] != last[place]), length)


def inputs_of(pairs: Sequence[EncodedPair]) -> list[tuple[int, ...]]:
    """The rows that the pairs of a group are read off, each once: all but the last token, which predicts nothing."""
    return list(dict.fromkeys(pair.ids[:-1] for pair in pairs))


def shared_tokens(rows: Sequence[tuple[int, ...]]) -> int:
    """Tokens that are run once for all `inputs_of` a group: their common prefix, so long as each has one left.

    None where there is but one row, as where options are one token each: it is run whole, in one pass.
    """
    return 0 if len(rows) == 1 else min(common_prefix(rows), min(map(len, rows)) - 1)
