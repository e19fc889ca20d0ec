"""What lies in a store's folder, read line by line and file by file; nothing is changed by looking.

Answers are a file for each variant of a model, outcomes one for each task, rankings one for all; recoveries are files
of a run. Which code made a line stands in the line, or in the head that it names.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from harness.errors import BadInput
from harness.journal import is_cut, lines_in, row_in
from harness.rules import rules
from harness.score.store import Store
from harness.subject import remembered
from harness.tasks import judged

Kind = Literal["answers", "outcomes", "rankings"]
RECOVERIES: Literal["recoveries"] = "recoveries"
_FINGERPRINT = re.compile("[0-9a-f]+")
Said = Literal["entry", "head", "mark", "cut", "damaged"]
"""What a line is: something kept, who made what follows, places of damaged lines, cut by a crash, or damaged."""


@dataclass(frozen=True)
class Line:
    """A line of a file that is not empty."""

    place: int
    """The byte at which it begins."""
    text: bytes
    said: Said
    row: Mapping[str, Any] = field(default_factory=dict)
    """What it says; empty where it says nothing."""


@dataclass(frozen=True)
class Book:
    """A file of lines."""

    path: Path
    kind: Kind
    lines: tuple[Line, ...]

    @property
    def called(self) -> str:
        """The fingerprint of a variant, or the name of a task."""
        return self.path.stem

    @cached_property
    def entries(self) -> dict[str, Line]:
        """Key -> the line that is read: the last one of that key."""
        return {line.row["key"]: line for line in self.lines if line.said == "entry"}

    @cached_property
    def heads(self) -> dict[str, Mapping[str, Any]]:
        """What `by` of an answer stands for."""
        return {line.row["by"]: line.row for line in self.lines if line.said == "head"}

    @property
    def names(self) -> list[str]:
        """What the variant was called, by whoever asked it."""
        return list(dict.fromkeys(str(head["model"]) for head in self._all_heads() if head.get("model")))

    def _all_heads(self) -> Iterator[Mapping[str, Any]]:
        return (line.row for line in self.lines if line.said == "head")

    def rules_of(self, line: Line) -> str | None:
        """The code that made an entry; None where the store does not say, as it did not before it did."""
        told = line.row.get("rules") or self.heads.get(str(line.row.get("by")), {}).get("rules")
        return told if isinstance(told, str) else None


@dataclass(frozen=True)
class Recovery:
    """What is kept of a training run."""

    key: str
    files: tuple[Path, ...]
    """Parameters after numbers of steps, and a checkpoint."""
    told: Mapping[str, Any]
    """Model, recipe, seed, code and versions; empty where the store does not say."""

    @property
    def rules(self) -> str | None:
        """The code that trained; None where the store does not say."""
        told = self.told.get("rules")
        return told if isinstance(told, str) else None


def todays(kind: Kind | Literal["recoveries"]) -> str:
    """Names the code of this package that makes, and reads, what is kept of a kind."""
    if kind == "rankings":
        return remembered.todays_rules()
    return rules({"answers": "answers", "outcomes": "judging", RECOVERIES: "training"}[kind])


def require_store(folder: Path) -> None:
    """Refuse a folder that is no store.

    Raises:
        BadInput: it is not there, or holds nothing that a store holds.
    """
    if not folder.is_dir():
        raise BadInput(f"--store {folder}: there is no such folder; name one that a run was given with --store")
    books = book_paths(folder)
    if not books and not (folder / RECOVERIES).is_dir():
        raise BadInput(f"--store {folder}: holds no answers; name one that a run was given with --store")
    for path, kind in books.items():
        lines = read(path, kind).lines
        if lines and not any(line.said in ("entry", "head") for line in lines):
            raise BadInput(
                f"--store {folder}: no line of {path.name} is one of a store's, so it may be somebody else's; name a "
                f"folder that a run was given with --store, or take that file away"
            )


def book_paths(store: Path) -> dict[Path, Kind]:
    """The files of lines in a store, in order of name; what else lies in the folder is not the store's."""
    found: dict[Path, Kind] = {path: "answers" for path in store.glob("*.jsonl") if _FINGERPRINT.fullmatch(path.stem)}
    found |= dict.fromkeys((store / judged.FOLDER).glob("*.jsonl"), "outcomes")
    if (store / remembered.FILE).is_file():
        found[store / remembered.FILE] = "rankings"
    return {path: found[path] for path in sorted(found)}


def taker(kind: Kind, path: Path) -> Callable[[Mapping[str, Any]], bool]:
    """What tells, as a run does, whether a row is one of a file's."""
    if kind == "answers":
        return Store(None, "").take
    return judged.Kept(path).take if kind == "outcomes" else remembered.Book(path).take


def read(path: Path, kind: Kind) -> Book:
    """A file's lines.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadInput(
            f"--store {path.parent}: {path.name} cannot be read ({error.strerror}); mend its permissions"
        ) from error
    return Book(path, kind, tuple(lines_of(content, taker(kind, path))))


def lines_of(content: bytes, take: Callable[[Mapping[str, Any]], bool]) -> Iterator[Line]:
    """The lines of a file's content, those that say nothing too.

    Args:
        content: of the file.
        take: whether a row is one of its kind.
    """
    for place, text in lines_in(content):
        row = row_in(text)
        if isinstance(row, dict) and isinstance(row.get("damaged"), list):
            yield Line(place, text, "mark", row)
        elif isinstance(row, dict) and take(row):
            yield Line(place, text, "entry" if "key" in row else "head", row)
        else:
            yield Line(place, text, "cut" if is_cut(text) else "damaged")


def recoveries(store: Path) -> list[Recovery]:
    """The training runs of a store, in order of name."""
    files: dict[str, list[Path]] = {}
    for path in sorted((store / RECOVERIES).glob("*.safetensors")):
        files.setdefault(path.stem.rpartition("-")[0], []).append(path)
    return [Recovery(key, tuple(paths), _told(store / RECOVERIES / f"{key}.json")) for key, paths in files.items()]


def _told(path: Path) -> Mapping[str, Any]:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}
