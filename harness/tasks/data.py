"""Rows of JSON-lines files, plain or gzipped, in a data folder, or of the hub's datasets. Whole files are in memory."""

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from harness.errors import BadInput


def data_file(data: Path | None, relative: str) -> Path:
    """A file of a data folder, which is laid out by subject: `math/`, `classification/`, `code/`, ...

    Raises:
        BadInput: no folder is given, or it lacks the file.
    """
    if data is None:
        raise BadInput(
            f"{relative} has no copy on the hub to fall back to; name the folder that holds it with --data DIR"
        )
    path = data / relative
    if not path.is_file():
        raise BadInput(f"--data {data}: the folder has no file {relative}; put it there as the README's layout says")
    return path


def rows_of(
    data: Path | None, relative: str, dataset: str, split: str, config: str | None = None
) -> list[dict[str, Any]]:
    """Rows of a data folder's file; of a dataset of the hub, where no folder is given.

    Raises:
        BadInput: the file or the dataset cannot be read.
    """
    return hub_rows(dataset, config, split) if data is None else read_jsonl(data_file(data, relative))


def hub_rows(dataset: str, config: str | None, split: str) -> list[dict[str, Any]]:
    """Rows of a dataset of the Hugging Face hub.

    Raises:
        BadInput: it cannot be read.
    """
    import datasets

    try:
        return [dict(row) for row in datasets.load_dataset(dataset, config, split=split)]
    except Exception as error:  # datasets and the hub raise a dozen unrelated types
        raise BadInput(
            f"{dataset} cannot be read from the hub ({type(error).__name__}); "
            "connect to the network, or name plain files: --data DIR, for a corpus --corpus FILE.jsonl"
        ) from error


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Rows of a `.jsonl` or `.jsonl.gz` file, in order; blank lines are skipped.

    Raises:
        BadInput: the file is missing, damaged, or a line is no JSON object.
    """
    if not path.is_file():
        raise BadInput(f"{path} does not exist; expected a .jsonl or .jsonl.gz file")
    rows = []
    try:
        with _open(path) as lines:
            for number, line in _numbered(lines):
                rows.append(_row(path, number, line))
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(
            f"{path} is truncated or no gzip file ({error}) after line {len(rows)}; fetch it again"
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text after line {len(rows)} ({error.reason}); fetch it again") from error
    return rows


def _open(path: Path) -> TextIO:
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")


def _numbered(lines: TextIO) -> Iterator[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadInput(f"{path}, line {number}: not JSON ({error.msg}); expected one object a line") from error
    if not isinstance(row, dict):
        raise BadInput(f"{path}, line {number}: a JSON {type(row).__name__}; expected one object a line")
    return row
