"""What reads the results of a tool: one module in `readers/` each, known by the tool's name."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.gate.logged import Log


@dataclass(frozen=True)
class Reader:
    """How the results of one tool are found and read."""

    tool: str
    finds: Callable[[Path], list[Path]]
    """The files of this tool that a path leads to: the file itself, or those in a folder; none: it is not its."""
    read: Callable[[str, Sequence[Path], str], Log]
    """Source as written, the files, and which of several variants in them (""; none was named) -> the log."""


_LONGEST = 2**26
"""Bytes of a line; what has none of so many is no file of rows."""

READERS: dict[str, Reader] = {}
"""Tool -> its reader."""


def reader(tool: str, finds: Callable[[Path], list[Path]]) -> Callable[[Callable[..., Log]], Callable[..., Log]]:
    """Register a function that reads the results of a tool."""

    def register(read: Callable[..., Log]) -> Callable[..., Log]:
        READERS[tool] = Reader(tool, finds, read)
        return read

    return register


def files_in(path: Path, *patterns: str) -> list[Path]:
    """The path itself where it is a file of such a name, or all such files in a folder and below, in order."""
    if path.is_file():
        return [path] if any(path.match(pattern) for pattern in patterns) else []
    return sorted(found for pattern in patterns for found in path.rglob(pattern) if found.is_file())


def first_line(path: Path) -> str:
    """The first line with something in it, whole: a row of JSON lines may begin with a long prompt."""
    with path.open("rb") as file:
        line = next((line for line in iter(lambda: file.readline(_LONGEST), b"") if line.strip()), b"")
    return line.decode("utf-8", "replace")


def head(path: Path, size: int = 4096) -> str:
    """The beginning of a file as text."""
    with path.open("rb") as file:
        return file.read(size).decode("utf-8", "replace")
