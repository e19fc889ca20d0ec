"""Lines of a store as an object that is written once: which are news, and how they are packed. Pure.

An object is named by its own content, so that whoever writes a name writes the same bytes, and what is not as its name
says was damaged on its way. It holds lines of several files: before those of a file stands its name, as a line.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from harness.exchange.travels import travels
from harness.journal import lines_in, row_in, text_in, written

SUFFIX = ".jsonl"
LARGEST = 32 * 2**20
"""Bytes of an object of lines; more becomes several."""
_DIGITS = 32
_KEY = re.compile(rb'"key": "([^"\\]+)"')
_FILE = b'"file": '
_HERE = b'"damaged": '  # places in a file of this store mean nothing in another one

Lines = Mapping[str, Sequence[bytes]]
"""File of a store -> lines of it."""


def identity(line: bytes) -> bytes | None:
    """What tells a line from the others of its file: its key, else all of it; None where it is of no use elsewhere."""
    text = text_in(line)
    if text is None or text.startswith((_HERE, _FILE)):
        return None
    key = _KEY.match(text)
    return key[1] if key else text


def news(lines: Iterable[bytes], known: Iterable[bytes]) -> list[bytes]:
    """The lines of other identity than those that are known, each identity once, the first one.

    Args:
        lines: of a file, in order.
        known: identities.
    """
    seen, found = set(known), []
    for line in lines:
        one = identity(line)
        if one is not None and one not in seen:
            seen.add(one)
            found.append(line.rstrip(b"\r"))
    return found


def packed(lines: Lines, largest: int = LARGEST) -> Iterator[bytes]:
    """The contents of objects that hold all lines; none where there is none.

    Args:
        lines: of files that travel.
        largest: bytes of one.
    """
    held, size = list[bytes](), 0
    for name, of_file in sorted(lines.items()):
        head = written({"file": name})
        for place, line in enumerate(of_file):
            if held and size + len(line) > largest:
                yield b"\n".join(held) + b"\n"
                held, size = [], 0
            begins = [head] if place == 0 or not held else []
            held += [*begins, line]
            size += sum(map(len, (*begins, line))) + len(begins) + 1
    if held:
        yield b"\n".join(held) + b"\n"


def unpacked(content: bytes) -> dict[str, list[bytes]]:
    """The lines of each file, as far as they are whole and of a file that travels."""
    found: dict[str, list[bytes]] = {}
    name = None
    for _, line in lines_in(content):
        text = text_in(line)
        if text is not None and text.startswith(_FILE):
            name = str(row_in(line)["file"])
        elif name is not None and travels(name) == "lines" and identity(line) is not None:
            found.setdefault(name, []).append(line)
    return found


def name_of(content: bytes) -> str:
    """What an object is called that holds this."""
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def is_name(text: str) -> bool:
    """Whether an object could be called so."""
    return re.fullmatch(f"[0-9a-f]{{{_DIGITS}}}", text) is not None
