"""Reports of parts of one run, put together: rows, items and pages, and p-values adjusted over all of them."""

import json
import shutil
from collections.abc import Mapping, Sequence
from math import isnan
from pathlib import Path
from typing import Any, get_args

from harness import files
from harness.decide.design import VerdictName
from harness.errors import BadInput
from harness.report.record import ClaimRecord
from harness.report.summary import draw
from harness.report.verdicts import SCHEMA, identity, read_records, record_to_json, with_adjusted_p
from harness.report.web import write_site

KEPT = ("items", "claims")
"""Folders of a report with a file or a folder per row."""
_DECIDED = (
    "verdict", "effect", "p_value", "n_items", "minimum", "seeds", "dtype", "scores", "model_fingerprint",
)  # fmt: skip
"""Fields in which two rows of one name must agree to be one row."""


def merge(folders: Sequence[Path], out: Path) -> list[ClaimRecord]:
    """Write one report of several; its rows, with p-values adjusted anew over each family on each model.

    Raises:
        BadInput: a folder is no report, two of them say different things of one row or name two models alike, or
            `out` cannot be written.
    """
    shards = {folder: read_records(folder) for folder in dict.fromkeys(folders)}
    for folder, (content, records) in shards.items():
        _require_sound(folder, content, records)
    require_one_model(shards)
    rows = one_row_each({folder: records for folder, (_, records) in shards.items()})
    records = with_adjusted_p([record for _, record in rows])
    content = {
        "schema": SCHEMA,
        "environment": shards[rows[0][0]][0]["environment"],
        "claims": [
            record_to_json(record) | {"environment": _environment(shards[folder][0], record)}
            for (folder, _), record in zip(rows, records, strict=True)
        ],
    }
    try:
        out.mkdir(parents=True, exist_ok=True)
        for folder in shards:
            for name in KEPT:
                if (folder / name).is_dir():
                    shutil.copytree(folder / name, out / name, dirs_exist_ok=True)
        files.write_whole(out / "verdicts.json", json.dumps(content, indent=1, allow_nan=False) + "\n")
    except OSError as error:
        raise BadInput(f"--out {out}: cannot be written ({error.strerror}); name another folder") from error
    draw(out, records)
    write_site(out)
    return records


def one_row_each(shards: Mapping[Path, Sequence[ClaimRecord]]) -> list[tuple[Path, ClaimRecord]]:
    """Every row once, with the report that it comes from, sorted as the table is. Pure.

    Raises:
        BadInput: there is none, or two reports decided one row differently.
    """
    found: dict[str, tuple[Path, ClaimRecord]] = {}
    for folder, records in shards.items():
        for record in records:
            row = record_to_json(record)
            name = identity(row)
            if name in found:
                other, before = found[name]
                differs = [field for field in _DECIDED if row.get(field) != record_to_json(before).get(field)]
                if differs:
                    raise BadInput(
                        f"{record.claim} on {record.model}: {other} and {folder} differ in its {differs[0]}; expected "
                        f"a row in one report, or twice the same: take one away"
                    )
            found.setdefault(name, (folder, record))
    if not found:
        raise BadInput("the reports have no row; expected at least 1: run checks with --report")
    return [found[name] for name in sorted(found)]


def require_one_model(shards: Mapping[Path, tuple[Mapping[str, Any], Sequence[ClaimRecord]]]) -> None:
    """Refuse reports in which one name is two models: their claims would share a family.

    Raises:
        BadInput: it is so.
    """
    known: dict[str, tuple[str, Path]] = {}
    for folder, (_, records) in shards.items():
        for record in records:
            weights, place = known.setdefault(record.model, (record.model_fingerprint, folder))
            if weights != record.model_fingerprint:
                raise BadInput(
                    f"{record.model} is {weights} in {place} and {record.model_fingerprint} in {folder}; expected "
                    f"the same weights under one name: rename the folder of one, and run its checks again"
                )


def _environment(content: Mapping[str, Any], record: ClaimRecord) -> Any:  # noqa: ANN401  # as it was written
    """Where a row was decided: of an earlier run than its report's, as the row says."""
    name = identity(record_to_json(record))
    row = next(row for row in content["claims"] if identity(row) == name)
    return row.get("environment", content["environment"])


def _require_sound(folder: Path, content: Mapping[str, Any], records: Sequence[ClaimRecord]) -> None:
    """Refuse a report in which something stands that no check wrote.

    Raises:
        BadInput: it has no environment, or a row has a verdict or a p-value that is none.
    """
    path = folder / "verdicts.json"
    if not isinstance(content.get("environment"), Mapping):
        raise BadInput(f"{path}: names no environment; expected a file as checks write it: run them again")
    for record in records:
        p_value: object = record.p_value
        if record.verdict not in get_args(VerdictName):
            known = ", ".join(get_args(VerdictName))
            raise BadInput(f"{path}: {record.claim} has the verdict {record.verdict!r}; expected one of {known}")
        if p_value is not None and not (isinstance(p_value, float | int) and (isnan(p_value) or 0 <= p_value <= 1)):
            raise BadInput(f"{path}: {record.claim} has the p-value {p_value!r}; expected a number from 0 to 1")
