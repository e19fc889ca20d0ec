"""Bars with an estimate of the time left, on a line of their own for every pytest-xdist worker."""

import os
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm


def bar(total: int, label: str, file: TextIO) -> "tqdm[Any]":
    """A bar of `total` steps, drawn on `file` and gone when it is closed."""
    from tqdm import tqdm

    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return tqdm(total=total, desc=label, file=file, position=int(worker), leave=False, mininterval=2)
