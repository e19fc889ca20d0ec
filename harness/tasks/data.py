"""Rows of JSON-lines files, plain or gzipped, or of the hub's datasets. Whole files are in memory."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any, TextIO

from harness.errors import BadInput
from harness.versions import require_extra


def hub_rows(dataset: str, config: str | None, split: str) -> list[dict[str, Any]]:
    """Rows of a dataset of the Hugging Face hub.

    Raises:
        BadInput: it cannot be read.
    """
    require_extra("real", "data of the hub")
    import datasets

    try:
        return [dict(row) for row in datasets.load_dataset(dataset, config, split=split)]
    except Exception as error:  # datasets and the hub raise a dozen unrelated types
        raise BadInput(
            f"{dataset} cannot be read from the hub ({type(error).__name__}); "
            "connect to the network, or name plain files: --data DIR, for a corpus --corpus FILE.jsonl"
        ) from error


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """Rows of a `.jsonl` or `.jsonl.gz` file, in order; blank lines are skipped, a byte-order mark is no matter.

    Raises:
        BadInput: the file is missing, damaged, or a line is no JSON object.
    """
    return [row for _, row in numbered_rows(path)]


def numbered_rows(path: Path) -> list[tuple[int, dict[str, Any]]]:
    """As `read_jsonl`, each row with the number of its line, from 1.

    Raises:
        BadInput: as `read_jsonl`.
    """
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        raise BadInput(f"{path} {what}; expected a .jsonl or .jsonl.gz file")
    rows: list[tuple[int, dict[str, Any]]] = []
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    rows.append((number, _row(path, number, line)))
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise BadInput(
            f"{path} is truncated or no gzip file ({error}) after line {len(rows)}; fetch it again"
        ) from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is not UTF-8 text after line {len(rows)} ({error.reason}); fetch it again") from error
    except OSError as error:
        raise BadInput(
            f"{path} cannot be read ({error.strerror or error}); mend its permissions or fetch it"
        ) from error
    return rows


def _open(path: Path) -> TextIO:
    # utf-8-sig takes the mark that some editors write before the first line
    encoding = "utf-8-sig"
    return gzip.open(path, "rt", encoding=encoding) if path.suffix == ".gz" else path.open(encoding=encoding)


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
        json.dumps(row, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise BadInput(f"{path}, line {number}: not JSON ({error.msg}); expected one object per line") from error
    except UnicodeEncodeError as error:
        raise BadInput(
            f"{path}, line {number}: half of a character ({error.object[error.start]!r}, a lone surrogate); "
            f"expected whole UTF-8 text: mend the line or fetch the file again"
        ) from error
    except RecursionError as error:
        raise BadInput(f"{path}, line {number}: nested too deeply to be read; expected one flat object") from error
    except ValueError as error:  # Python refuses to read integers of thousands of digits
        raise BadInput(f"{path}, line {number}: a number of more than 4300 digits; expected numbers of use") from error
    if not isinstance(row, dict):
        raise BadInput(f"{path}, line {number}: a JSON {type(row).__name__}; expected one object per line")
    return row
