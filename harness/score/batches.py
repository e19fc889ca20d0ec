"""Batches that fit a token budget. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.text.encode import EncodedPair

MOST_PADDING = 0.15
"""Of the computed tokens of a scoring batch, once it has enough of them."""
ENOUGH = 32
"""A batch has enough where its real tokens are one part in so many of the budget: fewer keep no machine busy."""


@dataclass(frozen=True)
class Group:
    """Continuations of one context: it is run once, then each of them."""

    prefix: int
    """Tokens that all of them begin with."""
    tails: tuple[int, ...]
    """Tokens of each that are left."""

    @property
    def tokens(self) -> int:
        """To be run, without padding."""
        return self.prefix + sum(self.tails)


def computed_tokens(groups: Sequence[Group]) -> int:
    """What a batch of groups runs: contexts padded to the longest, and continuations padded to theirs."""
    rows = sum(len(group.tails) for group in groups)
    return len(groups) * max(group.prefix for group in groups) + rows * max(max(group.tails) for group in groups)


def held_tokens(groups: Sequence[Group]) -> int:
    """What a batch of groups holds in memory at once: every continuation with its context, padded to the longest."""
    rows = sum(len(group.tails) for group in groups)
    return rows * (max(group.prefix for group in groups) + max(max(group.tails) for group in groups))


def group_batches(groups: Sequence[Group], budget: int) -> list[list[int]]:
    """Indices in batches of groups that are alike, so that little of what is run is padding.

    A batch holds at most `budget` tokens (a larger group gets its own), and ends where more than MOST_PADDING of what
    it runs would be padding and it has ENOUGH without. Largest first, as of `token_batches`.
    """
    order = sorted(range(len(groups)), key=lambda at: (-max(groups[at].tails), -groups[at].prefix, at))
    batches: list[list[int]] = []
    for at in order:
        if batches and _takes([groups[one] for one in batches[-1]], groups[at], budget):
            batches[-1].append(at)
        else:
            batches.append([at])
    return sorted(batches, key=lambda batch: -held_tokens([groups[at] for at in batch]))


def _takes(batch: list[Group], group: Group, budget: int) -> bool:
    """Whether a batch is better off with one more group."""
    more = [*batch, group]
    if held_tokens(more) > budget:
        return False
    real = sum(one.tokens for one in more)
    few = sum(one.tokens for one in batch) < budget // ENOUGH
    return few or real >= (1 - MOST_PADDING) * computed_tokens(more)


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


def common_prefix(rows: Sequence[Sequence[int]]) -> int:
    """Length of the longest prefix that all `rows` share."""
    shortest = min(len(row) for row in rows)
    for position in range(shortest):
        if any(row[position] != rows[0][position] for row in rows):
            return position
    return shortest


def shared_tokens(pairs: Sequence[EncodedPair]) -> int:
    """Tokens that can be run once for all pairs of a group: their common prefix before any continuation, less one."""
    return min(common_prefix([pair.ids for pair in pairs]), *(pair.start for pair in pairs)) - 1
