"""Batches that fit a token budget. Pure."""

from collections.abc import Sequence


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
