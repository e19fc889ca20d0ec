"""What of a store travels: files of lines, line by line, and trainings that are at their end, whole.

Locks, halves and what is set aside stay, and so do checkpoints of trainings that go on: they change under their name,
and two machines that take up the same one train it twice. Only what is named here is ever sent or taken.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

Travels = Literal["lines", "whole"]
_LINES = re.compile(r"(?:one-at-a-time/)?[0-9a-f]+\.jsonl|rankings\.jsonl|judged/[^/.\0\n][^/\0\n]*\.jsonl")
_WHOLE = re.compile(r"recoveries/[0-9a-f]+(?:-[0-9]+\.safetensors|\.json)")
_FOLDERS = {"lines": ("", "judged", "one-at-a-time"), "whole": ("recoveries",)}


def travels(name: str) -> Travels | None:
    """How a file goes from store to store; None where it stays. Pure.

    Args:
        name: its path in the store, with slashes.
    """
    if _LINES.fullmatch(name):
        return "lines"
    return "whole" if _WHOLE.fullmatch(name) else None


def travelling(store: Path, how: Travels) -> Iterator[str]:
    """The files of a store that go so, in order of name."""
    found = (path.relative_to(store).as_posix() for folder in _FOLDERS[how] for path in (store / folder).glob("*"))
    yield from sorted(name for name in found if travels(name) == how)
