"""Bars with an estimate of the time left, on a line of their own for every pytest-xdist worker."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm


def terminal() -> TextIO | None:
    """The terminal, past any capture of the output; None where there is none."""
    try:
        return Path("/dev/tty").open("w", encoding="utf-8")  # lives as long as the process
    except OSError:
        return None


def bar(total: int | None, label: str, file: TextIO | None) -> "tqdm[Any]":
    """A bar of `total` steps, drawn on `file` and gone when it is closed; no total: it counts; no file: silent."""
    from tqdm import tqdm

    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return tqdm(
        total=total, desc=label, file=file, position=int(worker), leave=False, mininterval=2, disable=file is None
    )
