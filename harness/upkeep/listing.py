"""What a store holds, and one entry of it. Pure but for the sizes and times of files."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.sizes import size
from harness.upkeep.shelf import RECOVERIES, Book, Line, Recovery, todays

UNKNOWN = "unknown"
"""What is said of code that the store does not name: of what was kept before it did."""
_SHORTEST = 6  # digits of a key that may be written
_DAY, _HOUR, _MINUTE = 86_400, 3_600, 60


def age(seconds: float) -> str:
    """How long ago, in one unit."""
    for name, unit in (("days", _DAY), ("hours", _HOUR), ("minutes", _MINUTE)):
        if seconds >= 2 * unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{max(0.0, seconds):.0f} seconds"


def row_of(book: Book) -> dict[str, Any]:
    """A file of lines, as `ls --json` writes it."""
    made = Counter(book.rules_of(line) or UNKNOWN for line in book.entries.values())
    file = book.path.stat()
    return {
        "kind": book.kind,
        "name": ", ".join(book.names) or ("-" if book.kind == "answers" else book.called),
        "fingerprint": book.called if book.kind == "answers" else None,
        "entries": len(book.entries),
        "bytes": file.st_size,
        "age_seconds": round(time.time() - file.st_mtime),
        "rules": dict(sorted(made.items())),
        "today": todays(book.kind),
        "damaged": sum(line.said == "damaged" for line in book.lines),
    }


def row_of_recovery(recovery: Recovery) -> dict[str, Any]:
    """A training run, as `ls --json` writes it."""
    told = recovery.told
    name = (
        f"{told['model']}, {told['recipe']}, seed {told['seed']}" if {"model", "recipe", "seed"} <= told.keys() else "-"
    )
    files = [path.stat() for path in recovery.files]
    return {
        "kind": RECOVERIES,
        "name": name,
        "fingerprint": told.get("fingerprint"),
        "key": recovery.key,
        "entries": len(files),
        "bytes": sum(file.st_size for file in files),
        "age_seconds": round(time.time() - max(file.st_mtime for file in files)),
        "rules": {recovery.rules or UNKNOWN: len(files)},
        "today": todays(RECOVERIES),
        "damaged": 0,
    }


def page(store: Path, rows: Sequence[Mapping[str, Any]]) -> str:
    """All rows as a table, and what they come to."""
    head = ("kind", "model, task or run", "entries", "size", "last written", "rules", "fingerprint")
    lines = [
        (
            row["kind"], row["name"], str(row["entries"]), size(row["bytes"]), f"{age(row['age_seconds'])} ago",
            _made_by(row["rules"], row["today"]), row["fingerprint"] or "",
        )
        for row in rows
    ]  # fmt: skip
    wide = [max(len(line[place]) for line in (head, *lines)) for place in range(len(head))]
    table = "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, wide, strict=True)).rstrip()
        for line in (head, *lines)
    )
    damaged = sum(row["damaged"] for row in rows)
    told = f"; {damaged} damaged lines: python -m harness store verify --store {store}" if damaged else ""
    count = sum(row["entries"] for row in rows)
    return f"{table}\n{count} entries, {size(sum(row['bytes'] for row in rows))} in {store}{told}\n"


def _made_by(made: Mapping[str, int], today: str) -> str:
    """Versions of the code: which one is today's, and how many entries others made."""
    return ", ".join("today's" if version == today else f"{version}: {count}" for version, count in made.items()) or "-"


def found(key: str, books: Iterable[Book]) -> list[tuple[Book, Line]]:
    """The entries of a key, or of its first digits, in all files.

    Raises:
        BadInput: it is too short, there is none, or several keys begin so.
    """
    if len(key) < _SHORTEST:
        raise BadInput(f"entry {key!r}: expected a key, or at least {_SHORTEST} of its first digits")
    entries = [(book, line) for book in books for name, line in book.entries.items() if name.startswith(key)]
    keys = sorted({line.row["key"] for _, line in entries})
    if not keys:
        raise BadInput(
            f"entry {key}: no key in this store begins so; keys are printed by store show --model --task --item"
        )
    if len(keys) > 1:
        raise BadInput(f"entry {key}: {len(keys)} keys begin so ({keys[0]}, {keys[1]}, ...); write more digits")
    return entries


def shown(book: Book, line: Line) -> str:
    """An entry: what is kept, and what it depends on."""
    row, head = line.row, book.heads.get(str(line.row.get("by")), {})
    code = book.rules_of(line)
    today = todays(book.kind)
    read = (
        "today's, so it is read"
        if code == today
        else f"today's is {today}, so it is not read"
        if code
        else "before it was named"
    )
    kept = (
        row.get("answer")
        or row.get("outcome")
        or {name: row[name] for name in ("method", "plan", "layers", "scores") if name in row}
    )
    of = (
        f"{', '.join(book.names) or 'a model that has no name here'} ({book.called})"
        if book.kind == "answers"
        else book.called
    )
    lines = [
        ("key", row["key"]),
        ("file", f"{book.path}, byte {line.place}"),
        ("kind", row.get("kind") or book.kind.removesuffix("s")),
        ("of", of),
        ("code", f"{code or UNKNOWN} ({read})"),
        *(
            [("made with", ", ".join(f"{name} {value}" for name, value in head["made"].items()))]
            if head.get("made")
            else []
        ),
        *((name.replace("_", " "), _short(value)) for name, value in kept.items()),
    ]
    wide = max(len(name) for name, _ in lines)
    return "".join(f"{name:<{wide}}  {value}\n" for name, value in lines)


def _short(value: object) -> str:
    return repr(value) if isinstance(value, str) else str(value)
