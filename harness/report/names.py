"""Names that a check's row, files and snapshot share."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.report.record import ClaimRecord

PROPERTY = "layer_pruning_claim"
"""Key of a decided claim among a pytest report's user properties; survives pytest-xdist."""
RUN_OPTIONS = ("limit", "protocol", "dtype", "calibration", "recovery")
"""Parameters of a record that are options of the run, not of the check."""


def slug(text: str) -> str:
    """Text as it may stand in a file name."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", Path(text).name or text).strip("-").lower()


def slug_of(name: str, value: object) -> str:
    """An option with its value or values as it may stand in a file name."""
    values = value if isinstance(value, (list, tuple)) else [value]
    return "-".join([name, *(slug(str(each)) for each in values)])


def record_name(record: "ClaimRecord") -> str:
    """The claim's own name among the files of a run; the run's options are not in it."""
    own = [str(value) for name, value in record.params.items() if name not in RUN_OPTIONS]
    return slug("--".join([record.claim, record.model, *own]))
