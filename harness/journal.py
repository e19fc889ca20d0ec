"""A file of checked lines that processes share: it only grows, and what is damaged in it is named and done without.

One JSON object a line, behind a checksum of its own text. A damaged line is named once and set aside; one that a crash
cut short is passed over.
"""

import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from harness import files
from harness.errors import BadInput

T = TypeVar("T")
_HEAD = b'{"check": "%08x", '
_HEAD_LENGTH = len(_HEAD % 0)


def written(row: Mapping[str, Any]) -> bytes:
    """A row with the checksum of its own text. Pure."""
    text = json.dumps(row)[1:].encode()
    return _HEAD % zlib.crc32(text) + text


def joined(lines: Sequence[bytes]) -> bytes:
    """Lines as they are added to a file, behind a newline that closes a line which a crash cut short. Pure."""
    return b"\n" + b"\n".join(lines) + b"\n"


def text_in(line: bytes) -> bytes | None:
    """What stands behind a line's checksum; None where it is not as it was written. Pure."""
    text = line.rstrip(b"\r")[_HEAD_LENGTH:]
    return text if line[:_HEAD_LENGTH] == _HEAD % zlib.crc32(text) else None


def row_in(line: bytes) -> Any:  # noqa: ANN401  # JSON
    """What a line says; None where it is not as it was written. Pure."""
    text = text_in(line)
    if text is None:
        return None
    try:
        return json.loads(b"{" + text)
    except (ValueError, RecursionError):
        return None


def lines_in(content: bytes) -> Iterator[tuple[int, bytes]]:
    """The lines of a file that hold anything, each with the byte at which it begins. Pure."""
    place = 0
    for line in content.split(b"\n"):
        if line.strip():
            yield place, line
        place += len(line) + 1


def is_cut(line: bytes) -> bool:
    """Whether a line that says nothing was cut short by a crash, so that nobody has to be told. Pure."""
    return not line.rstrip().endswith(b"}")


def key_in(line: bytes) -> str:
    """What can still be read of a damaged line's key. Pure."""
    _, found, rest = line.partition(b'"key": "')
    return f"key {rest[:32].decode('ascii', 'replace')!r}" if found else "its key cannot be read"


def typed(kind: type[T], fields: Mapping[str, Any]) -> T | None:
    """A value of a dataclass, made of what a row holds; None where that is no such value's. Pure."""
    checks = _checks(kind)  # type: ignore[arg-type]  # classes are hashable
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    if not values.keys() <= checks.keys() or not all(checks[name](value) for name, value in values.items()):
        return None
    try:
        return kind(**values)
    except TypeError:  # a field is missing
        return None


@cache
def _checks(kind: type) -> dict[str, Callable[[object], bool]]:
    return {name: _check(hint) for name, hint in get_type_hints(kind).items()}


def _check(hint: Any) -> Callable[[object], bool]:  # noqa: ANN401  # a type, as annotations have it
    """Tells whether a value read from JSON is of a field's type."""
    parts = get_args(hint)
    if get_origin(hint) is Literal:
        return lambda value: value in parts
    each = [_check(part) for part in parts if part is not Ellipsis]
    if get_origin(hint) is tuple:
        return lambda value: isinstance(value, tuple) and all(map(each[0], value))
    if get_origin(hint) is dict:
        key, entry = each
        return lambda value: isinstance(value, dict) and all(map(key, value)) and all(map(entry, value.values()))
    if parts:  # a union
        return lambda value: any(check(value) for check in each)
    kinds = (float, int) if hint is float else (hint,)
    return lambda value: type(value) in kinds


class Journal:
    """The lines of one file; whoever opens it says what a line must be."""

    def __init__(self, path: Path, take: Callable[[Any], bool], tell: Callable[[str], None] = files.say) -> None:
        """Open a file that may not be there yet; nothing is read before `refresh`.

        Args:
            path: of the file.
            take: is given each row; False where it is none of the reader's kinds.
            tell: gets a line where something is damaged or waited for.
        """
        self.path, self.take, self.tell = path, take, tell
        self._read = 0  # bytes of the file
        self._file = 0  # which file that was: another one is put in its place where a store is cleared
        self._set_aside: set[int] = set()  # where damaged lines begin that the file itself says are known
        self._damaged: list[int] = []  # those that it does not say yet

    def refresh(self) -> None:
        """Read what other processes have added since.

        Raises:
            BadInput: the file cannot be read.
        """
        try:
            if not self.path.exists():
                return
            now = self.path.stat()
            if now.st_ino == self._file and now.st_size == self._read:
                return
            with self.path.open("rb") as file:
                self._begin_again_if_replaced(os.fstat(file.fileno()))
                file.seek(self._read)
                added = file.read()
        except OSError as error:
            raise BadInput(
                f"--store {self.path.parent}: {self.path.name} cannot be read ({error.strerror}); remove it, or name "
                f"another folder"
            ) from error
        whole = added.rfind(b"\n") + 1  # what follows is being written, or was cut by a crash
        begin, damaged = self._read, list[tuple[int, str]]()
        self._read += whole
        for offset, line in lines_in(added[:whole]):
            if not self._taken(line) and not is_cut(line):
                damaged.append((begin + offset, key_in(line)))
        for place, key in damaged:
            if place not in self._set_aside:
                self._damaged.append(place)
                where = f"{self.path}: the line at byte {place} ({key})"
                self.tell(f"{where} is damaged: set aside, and computed again{files.LOOK}")

    def _begin_again_if_replaced(self, now: os.stat_result) -> None:
        """Places in a file that is no longer there mean nothing; what was read of it is known already."""
        if self._read and (now.st_ino != self._file or now.st_size < self._read):
            self._read = 0
            self._set_aside.clear()
            self._damaged.clear()
        self._file = now.st_ino

    def _taken(self, line: bytes) -> bool:
        """Hand a line's row on; whether the line is as it was written."""
        row = row_in(line)
        match row:
            case {"damaged": list(places)}:
                self._set_aside.update(places)
                self._damaged = [place for place in self._damaged if place not in self._set_aside]
            case dict():
                return self.take(row)
            case _:
                return False
        return True

    def append(self, rows: Sequence[Mapping[str, Any]], what: str) -> None:
        """Write rows, on disk before this returns.

        Args:
            rows: in JSON's types.
            what: is done ("writing answers"), for a process that waits.

        Raises:
            BadInput: the folder cannot be written.
        """
        lines = [*rows, *([{"damaged": self._damaged}] if self._damaged else [])]
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with files.alone(Path(f"{self.path}.lock"), what, tell=self.tell), self.path.open("ab") as file:
                file.write(joined([written(row) for row in lines]))
        except OSError as error:
            raise BadInput(
                f"--store {self.path.parent}: cannot be written ({error.strerror}); free space or name another folder: "
                f"answers stored so far are kept and will be reused"
            ) from error
        self._set_aside.update(self._damaged)
        self._damaged = []
