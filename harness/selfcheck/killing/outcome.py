"""What a work has left, without what the clock says, so that two runs can be held to each other."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from harness.journal import lines_in, row_in

CLOCK = ("seconds", "cost", "cost_of_variants", "peak_memory_bytes", "time", "bookkeeping")
"""Fields of a row that differ between any two runs."""
_PAGES = (".html", ".md", ".svg", ".png", ".lock", ".part")
"""Files of which the name counts: they show what rows hold, with seconds."""


def outcome(home: Path) -> dict[str, str]:
    """What each file of a work's folder says, by its name; the log left out, and locks of pytest's own folders.

    Those are its business: a killed pytest leaves one, and a later one clears it away after three days.

    Rows without seconds, items and exported files byte for byte, answers by key, trained weights without their times.
    """
    theirs = set((home / "tmp").glob("pytest-of-*/pytest-*/.lock"))
    paths = sorted(path for path in home.rglob("*") if path.is_file() and path not in {home / "log", *theirs})
    return {str(path.relative_to(home)): _said(path, home) for path in paths}


def _said(path: Path, home: Path) -> str:
    if path.suffix == ".jsonl" and home / "store" in path.parents:
        return _digest(json.dumps(sorted(({row["key"]: row for row in entries(path)}).items())))
    if path.name == "verdicts.json":
        return _digest(json.dumps(timeless(json.loads(path.read_text(encoding="utf-8"))["claims"]), sort_keys=True))
    if path.suffix == ".json" and home / "out" not in path.parents:
        return _digest(json.dumps(timeless(json.loads(path.read_text(encoding="utf-8"))), sort_keys=True))
    content = path.read_bytes().replace(str(home).encode(), b"HOME")  # a card names the command
    if path.suffix == ".safetensors":
        content = content[8 + int.from_bytes(content[:8], "little") :]  # behind the header, which holds seconds
    return "" if path.suffix in _PAGES and home / "out" not in path.parents else _digest(content)


def _digest(content: str | bytes) -> str:
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()[:16]


def timeless(value: Any) -> Any:  # noqa: ANN401  # JSON
    """A value of JSON without the fields of CLOCK, at any depth. Pure."""
    if isinstance(value, Mapping):
        return {name: timeless(one) for name, one in value.items() if name not in CLOCK}
    return [timeless(one) for one in value] if isinstance(value, list) else value


def entries(path: Path) -> list[dict[str, Any]]:
    """What a journal keeps under keys, in its order, without who wrote it."""
    rows = [row_in(line) for _, line in lines_in(path.read_bytes())]
    return [
        {name: value for name, value in row.items() if name not in ("check", "by")}
        for row in rows
        if isinstance(row, dict) and "key" in row
    ]


def twice(home: Path) -> int:
    """Entries that a store holds more than once: work that was kept and yet done again."""
    keys = [[row["key"] for row in entries(path)] for path in (home / "store").rglob("*.jsonl")]
    return sum(len(names) - len(set(names)) for names in keys)


def unlike(expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Names of files that only one run left, or that say something else. Pure."""
    missing = [f"{name} is missing" for name in expected if name not in found]
    extra = [f"{name} was left behind" for name in found if name not in expected]
    other = [f"{name} is other" for name in expected if name in found and expected[name] != found[name]]
    return [*missing, *extra, *other]
