"""Any tool's results as a table: `.csv` or `.jsonl` with `item, task, score`, and maybe `prompt`, `chance`, `base`.

With a column `base` one file holds both models: score is the new model's.
"""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.gate.logged import Log, LoggedItem, LoggedTask, digest, reading, repeated
from harness.gate.reader import files_in, head, reader

BASE, NEW = "base", "score"
"""Columns of the two models; `PATH::base` reads the first."""


def _finds(path: Path) -> list[Path]:
    if path.is_dir():
        return files_in(path, "*.csv")
    rows = files_in(path, "*.jsonl")
    return files_in(path, "*.csv") or [one for one in rows if '"item"' in head(one) and '"doc_hash"' not in head(one)]


@reader("a table", _finds)
def read(source: str, files: Sequence[Path], variant: str) -> Log:
    """Read the scores of one model.

    Raises:
        BadInput: a column is missing, or a row has no score that is a number.
    """
    if len(files) > 1:
        raise BadInput(f"{source}: {len(files)} tables ({', '.join(path.name for path in files[:3])}, ...); name one")
    column = variant or NEW
    if column not in (BASE, NEW):
        raise BadInput(f"{source}: a table has no variant {variant!r}; leave it out, or write ::base for that column")
    found, chances = dict[str, dict[str, LoggedItem]](), dict[str, list[float]]()
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
        if row.get("chance") not in (None, ""):
            chances.setdefault(task, []).append(_number(files[0], number, row["chance"]))
    tasks = {
        task: LoggedTask(items, {"score": sum(c) / len(c)} if len(c := chances.get(task, [])) == len(items) else {})
        for task, items in found.items()
    }
    return Log(source, "a table", f"{files[0].name}, {column}", tasks)


def has_both(path: Path) -> bool:
    """Whether a table has the scores of both models."""
    return any(BASE in row for row in _rows(path)[:1]) if _finds(path) and path.is_file() else False


def _rows(path: Path) -> list[Mapping[str, Any]]:
    with reading(path, "a table"):
        text = path.read_text(encoding="utf-8-sig")
        if path.suffix == ".csv":
            return list(csv.DictReader(io.StringIO(text, newline="")))
        return [json.loads(line) for line in text.split("\n") if line.strip()]


def _number(path: Path, row: int, value: object) -> float:
    try:
        return float(value)  # type: ignore[arg-type]  # what is no number is refused
    except (TypeError, ValueError) as error:
        raise BadInput(f"{path}: row {row} says {str(value)[:40]!r}; expected a number") from error
