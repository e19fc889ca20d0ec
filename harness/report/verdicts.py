"""`verdicts.json`: the decided claims of one run, with everything needed to trust or repeat them."""

import dataclasses
import json
import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness.errors import BadInput
from harness.report.record import ClaimRecord, Cost, Effect, PaperFigure

SCHEMA = 1


def plain(value: Any) -> Any:  # noqa: ANN401  # any nesting of dataclasses and containers
    """`value` as JSON can hold it: dataclasses as objects, numpy values as Python's, NaN and infinities as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def record_to_json(record: ClaimRecord) -> dict[str, Any]:
    """One row of `verdicts.json`."""
    row: dict[str, Any] = plain(record)
    return row


def record_from_json(row: Mapping[str, Any]) -> ClaimRecord:
    """The record a row was made from; null figures as NaN, measurements as plain JSON values."""
    effect = row["effect"] | {name: _number(row["effect"][name]) for name in ("estimate", "low", "high", "confidence")}
    return ClaimRecord(
        **{
            **row,
            "effect": Effect(**effect),
            "p_value": _number(row["p_value"]),
            "paper": PaperFigure(**row["paper"]),
            "cost": Cost(**row["cost"]),
            "seeds": tuple(row["seeds"]),
        }
    )


def with_adjusted_p(records: Sequence[ClaimRecord]) -> list[ClaimRecord]:
    """The records of one run with `p_adjusted` by Holm over all of them; undefined p-values count for nothing."""
    from harness.decide.multiplicity import holm

    places = [place for place, record in enumerate(records) if math.isfinite(record.p_value)]
    adjusted = dict(zip(places, holm([records[place].p_value for place in places]), strict=True))
    return [dataclasses.replace(record, p_adjusted=adjusted.get(place)) for place, record in enumerate(records)]


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def write_verdicts(folder: Path, records: Sequence[ClaimRecord], environment: Mapping[str, Any]) -> Path:
    """Write `verdicts.json` whole or not at all.

    Raises:
        BadInput: the folder cannot be written.
    """
    path = folder / "verdicts.json"
    content = {"schema": SCHEMA, "environment": environment, "claims": [record_to_json(r) for r in records]}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        part.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        os.replace(part, path)  # noqa: PTH105  # atomic on one file system
    except OSError as error:
        raise BadInput(f"--report {folder}: cannot be written ({error.strerror}); name another folder") from error
    return path
