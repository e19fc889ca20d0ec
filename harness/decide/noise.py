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
