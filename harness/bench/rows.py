"""Every row by name; importing this registers them."""

from harness.bench import classification, generation, sweeps  # noqa: F401
from harness.bench.setting import ROWS, Row


def rows() -> dict[str, Row]:
    """In order of name."""
    return dict(sorted(ROWS.items()))
