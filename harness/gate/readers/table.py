"""Any tool's results as a table: `.csv` or `.jsonl` with `item, task, score`, and maybe `prompt`, `chance`, `base`.

With a column `base` one file holds both models: score is the new model's.
"""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.gate.logged import Log, LoggedItem, LoggedTask, digest, reading, repeated
from harness.gate.reader import files_in, first_line, reader

BASE, NEW = "base", "score"
"""Columns of the two models; `PATH::base` reads the first."""


def _finds(path: Path) -> list[Path]:
    if path.is_dir():
        return files_in(path, "*.csv")
    rows = files_in(path, "*.jsonl")
    return files_in(path, "*.csv") or [one for one in rows if _is_row(first_line(one))]


def _is_row(line: str) -> bool:
    return '"item"' in line and '"doc_hash"' not in line


@reader("a table", _finds)
def read(source: str, files: Sequence[Path], variant: str) -> Log:
    """Read the scores of one model.

    Raises:
        BadInput: a column is missing or named twice, or a row has no score that is a number, or cells without a column.
    """
    if len(files) > 1:
        raise BadInput(f"{source}: {len(files)} tables ({', '.join(path.name for path in files[:3])}, ...); name one")
    column = variant or NEW
    if column not in (BASE, NEW):
        raise BadInput(f"{source}: a table has no variant {variant!r}; leave it out, or write ::base for that column")
    found, chances = dict[str, dict[str, LoggedItem]](), dict[str, list[float | None]]()
    for number, row in enumerate(_rows(files[0]), 1):
        missing = [name for name in ("item", "task", column) if row.get(name) in (None, "")]
        if missing:
            raise BadInput(f"{files[0]}: row {number} has no {missing[0]!r}; expected columns item, task, score")
        task, name = str(row["task"]), str(row["item"])
        items = found.setdefault(task, {})
        if name in items:
            raise repeated(files[0], task, name)
        items[name] = LoggedItem(
            {"score": _number(files[0], number, row[column])}, digest(row["prompt"]) if row.get("prompt") else ""
        )
        chances.setdefault(task, []).append(_chance(files[0], number, row.get("chance")))
    tasks = {
        task: LoggedTask(
            dict(sorted(items.items())),
            _mean(files[0], task, chances[task]),
            by_content=not all(name.isdecimal() for name in items),  # two tasks' numbers 0, 1, 2 are not the same items
        )
        for task, items in found.items()
    }
    return Log(source, "a table", f"{files[0].name}, {column}", tasks)


def _chance(path: Path, row: int, value: object) -> float | None:
    """What a row says that guessing scores on its item; None where it says nothing."""
    if value in (None, ""):
        return None
    share = _number(path, row, value)
    if not 0 <= share < 1:
        raise BadInput(f"{path}: row {row} has the chance {str(value)[:40]!r}; expected a share of at least 0, below 1")
    return share


def _mean(path: Path, task: str, chances: Sequence[float | None]) -> dict[str, float]:
    known = [share for share in chances if share is not None]
    if known and len(known) < len(chances):
        raise BadInput(
            f"{path}: {len(known)} of {len(chances)} rows of task {task!r} say a chance; expected it in all or in none"
        )
    return {"score": math.fsum(known) / len(known)} if known else {}


def has_both(path: Path) -> bool:
    """Whether a table has the scores of both models."""
    return any(BASE in row for row in _rows(path)[:1]) if _finds(path) and path.is_file() else False


def _rows(path: Path) -> list[Mapping[str, Any]]:
    with reading(path, "a table"):
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".csv":
            return _cells(path, text)
        return [json.loads(line) for line in text.split("\n") if line.strip()]


def _cells(path: Path, text: str) -> list[Mapping[str, Any]]:
    table = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns, rows = table.fieldnames or (), list(table)
    except csv.Error as error:
        raise BadInput(f"{path}: line {table.line_num + 1}: {error}; leave that column out, or write .jsonl") from error
    twice = [name for name, count in Counter(columns).items() if name and count > 1]
    if twice:
        raise BadInput(f"{path}: column {twice[0]!r} is named twice; expected each once")
    longer = next((number for number, row in enumerate(rows, 1) if None in row), None)
    if longer is not None:
        raise BadInput(
            f"{path}: row {longer} has more cells than the {len(columns)} columns; write decimals with a point, and a "
            f"text with a comma in quotes"
        )
    return list(rows)


def _number(path: Path, row: int, value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]  # what is no number is refused
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(f"{path}: row {row} says {str(value)[:40]!r}; expected a number") from error
