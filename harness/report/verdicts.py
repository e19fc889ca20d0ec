"""`verdicts.json`: the decided claims of one run, with everything needed to trust or repeat them."""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from harness import files
from harness.decide.designs import DESIGNS
from harness.decide.multiplicity import holm
from harness.errors import BadInput
from harness.report.record import ClaimRecord, Effect, Kept, PaperFigure, Score
from harness.score.ledger import Cost

SCHEMA = 3  # described by verdicts.schema.json beside this file
LACKING: Mapping[int, Mapping[str, Any]] = {2: {"dtype": "", "scores": []}}
"""Older schema that is still read -> what its rows do not say."""
LOCK = ".lock"
"""Held while a run writes into a report folder."""


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
    """The record a row was made from; null figures as NaN, measurements as plain JSON values.

    A row of an earlier run has the environment of that run beside it, which is no part of a record.
    """
    effect = row["effect"] and row["effect"] | {
        name: _number(row["effect"][name]) for name in ("estimate", "low", "high", "confidence")
    }
    paper = row["paper"] | {name: tuple(row["paper"].get(name, ())) for name in ("stated_in", "claim_in")}
    return ClaimRecord(
        **{
            **{name: value for name, value in row.items() if name != "environment"},
            "effect": Effect(**effect) if effect else None,
            "p_value": None if row["verdict"] == "not testable" or row["effect"] is None else _number(row["p_value"]),
            "paper": PaperFigure(**paper),
            "scores": tuple(_score(each) for each in row.get("scores", ())),
            "cost": Cost(**row["cost"]),
            "seeds": tuple(row["seeds"]),
            "ends": tuple(row.get("ends", ())),
            "could_be": tuple(row.get("could_be", ())),
        }
    )


def _score(row: Mapping[str, Any]) -> Score:
    kept = row["kept"] and Kept(**{name: _number(value) for name, value in row["kept"].items()})
    return Score(**{**row, "kept": kept or None})


def of_today(content: Mapping[str, Any]) -> dict[str, Any]:
    """A file's content by today's schema; rows of an older one that is still read say nothing of what it lacked.

    Raises:
        ValueError: it is of a schema that is not read any more, or not yet; of none, LookupError or TypeError.
    """
    schema = int(content["schema"])
    if schema != SCHEMA and schema not in LACKING:
        raise ValueError(f"schema {schema}, here {SCHEMA}")
    rows = [{**LACKING.get(schema, {}), **row} for row in content["claims"]]
    return {**content, "schema": SCHEMA, "claims": rows}


def with_adjusted_p(records: Sequence[ClaimRecord]) -> list[ClaimRecord]:
    """The records of one run with `p_adjusted` by Holm over each family on each model.

    A family has all its claims, whether they were run or not (`-k`); those that were not count as if they had a p of 1.
    So do undefined p-values and claims that were not testable.
    """
    families: dict[tuple[str, str], list[int]] = {}
    for place, record in enumerate(records):
        families.setdefault((record.family, record.model), []).append(place)
    adjusted: dict[int, float] = {}
    for (family, _), places in families.items():
        known = [place for place in places if _defined(records[place].p_value)]
        run = {records[place].claim for place in places}
        not_run = {design.claim for design in DESIGNS.values() if design.family == family} - run
        values = [records[place].p_value or 0.0 for place in known] + [1.0] * (len(places) - len(known) + len(not_run))
        adjusted |= dict(zip(known, holm(values), strict=False))
    return [dataclasses.replace(record, p_adjusted=adjusted.get(place)) for place, record in enumerate(records)]


def _defined(p_value: float | None) -> bool:
    return p_value is not None and math.isfinite(p_value)


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def write_verdicts(folder: Path, records: Sequence[ClaimRecord], environment: Mapping[str, Any]) -> Path:
    """Write `verdicts.json` whole or not at all; rows of earlier runs stay, but for those that this run decided anew.

    A row is the same by claim, model and parameters. Rows of earlier runs hold the environment of theirs.

    Raises:
        BadInput: the folder cannot be written.
    """
    path, rows = folder / "verdicts.json", [record_to_json(record) for record in records]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with files.alone(folder / LOCK, "writing verdicts.json"):
            new = {identity(row) for row in rows}
            kept = [row for row in _earlier(path) if identity(row) not in new]
            claims = sorted([*rows, *kept], key=identity)
            content = {"schema": SCHEMA, "environment": environment, "claims": claims}
            files.write_whole(path, json.dumps(content, indent=1, allow_nan=False) + "\n")
    except OSError as error:
        raise BadInput(f"--report {folder}: cannot be written ({error.strerror}); name another folder") from error
    return path


def read_verdicts(folder: Path) -> dict[str, Any]:
    """What stands in a report folder's `verdicts.json`.

    Raises:
        BadInput: there is none, or it is of other rules.
    """
    path = folder / "verdicts.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(f"{folder}: expected a report folder with a verdicts.json ({error}); run checks") from error
    try:
        return of_today(content)
    except (LookupError, TypeError, ValueError) as error:
        schema = content.get("schema") if isinstance(content, dict) else None
        raise BadInput(f"{path}: has schema {schema}, expected {SCHEMA}; run the checks again") from error


def read_records(folder: Path) -> tuple[dict[str, Any], list[ClaimRecord]]:
    """What stands in a report folder's `verdicts.json`, and its rows as records.

    Raises:
        BadInput: as `read_verdicts`, or a row is none of this version's.
    """
    content = read_verdicts(folder)
    try:
        return content, [record_from_json(row) for row in content["claims"]]
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise BadInput(
            f"{folder / 'verdicts.json'}: a row cannot be read ({type(error).__name__}: {error}); another version "
            f"wrote it, so run its check again or take it away"
        ) from error


def identity(row: Mapping[str, Any]) -> str:
    """What a row is about, as text that sorts as the table does."""
    return json.dumps([row.get("claim"), row.get("model"), row.get("params")], sort_keys=True)


def _earlier(path: Path) -> list[dict[str, Any]]:
    """The rows of a file; one that is none, or of another schema, is set aside, and said so."""
    if not path.exists():
        return []
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        schema = int(content["schema"])
        if schema != SCHEMA and schema not in LACKING:
            return _set_aside(path, f"schema-{schema}", f"was written by other rules (schema {schema}, here {SCHEMA})")
        content = of_today(content)
        return [{"environment": content["environment"], **row} for row in content["claims"]]
    except (ValueError, RecursionError, KeyError, TypeError):
        return _set_aside(path, "damaged", "could not be read")


def _set_aside(path: Path, ending: str, why: str) -> list[dict[str, Any]]:
    """No rows; the file is kept under another name."""
    aside = path.with_name(f"{path.name}.{ending}")
    path.replace(aside)
    files.say(f"{path} {why} and is now {aside.name}; rows of earlier runs are there")
    return []
