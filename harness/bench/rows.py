"""Every row by name; importing this registers them."""

from harness.bench import (  # noqa: F401
    adapters,
    classification,
    generation,
    plans,
    processes,
    recovery,
    refill,
    searches,
    sweeps,
)
from harness.bench.setting import LONG, ROWS, Row


def rows() -> dict[str, Row]:
    """In order of name."""
    return dict(sorted(ROWS.items()))


def left_to_the_asked() -> dict[str, str]:
    """Rows that are run where they are named only, and why."""
    return dict(sorted(LONG.items()))
