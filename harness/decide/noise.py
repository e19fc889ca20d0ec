"""How much two runs of the same model differ for no reason but numerics. Pure."""

from collections.abc import Sequence

from harness.errors import BadInput


def flip_rate(first: Sequence[object], second: Sequence[object]) -> float:
    """Share of items whose outcome differs between two runs, in [0, 1].

    Raises:
        BadInput: the runs have different numbers of items, or none.
    """
    if len(first) != len(second) or not first:
        raise BadInput(f"flip rate of {len(first)} and {len(second)} items: expected the same items twice")
    return sum(a != b for a, b in zip(first, second, strict=True)) / len(first)


def same_within(k_old: float, k_new: float, n: int, floor: float) -> bool:
    """Whether two total scores of the same `n` items differ by no more than a share `floor` of them.

    One borderline item may always flip: on few items, `floor` alone would forgive none.

    Raises:
        BadInput: there are no items, or the floor is no share.
    """
    if n < 1 or not 0 <= floor <= 1:
        raise BadInput(f"noise floor {floor} of {n} items: expected a share in [0, 1] of at least 1 item")
    return abs(k_old - k_new) <= max(floor * n, 1.0)
