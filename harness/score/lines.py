"""An answer as a line of a store: JSON behind a checksum of its own text, which tells a damaged line. Pure."""

import json
import zlib
from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin, get_type_hints

from harness.text.requests import Answer, Generation, LogLikelihood, NextToken

ANSWER_TYPES: Mapping[str, type[Answer]] = {kind.__name__: kind for kind in (LogLikelihood, NextToken, Generation)}
_HEAD = b'{"check": "%08x", '
_HEAD_LENGTH = len(_HEAD % 0)


def written(row: Mapping[str, Any]) -> bytes:
    """A row with the checksum of its own text."""
    text = json.dumps(row)[1:].encode()
    return _HEAD % zlib.crc32(text) + text


def row_in(line: bytes) -> Any:  # noqa: ANN401  # JSON
    """What a line says; None where it is not as it was written."""
    text = line.rstrip(b"\r")[_HEAD_LENGTH:]
    if line[:_HEAD_LENGTH] != _HEAD % zlib.crc32(text):
        return None
    try:
        return json.loads(b"{" + text)
    except (ValueError, RecursionError):
        return None


def answer_of(kind: str, fields: Mapping[str, Any]) -> Answer | None:
    """The answer of a row; None where its fields are not such an answer's."""
    if kind not in ANSWER_TYPES:
        return None
    hints = get_type_hints(ANSWER_TYPES[kind])
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()
    }
    if not values.keys() <= hints.keys() or not all(_fits(value, hints[name]) for name, value in values.items()):
        return None
    try:
        return ANSWER_TYPES[kind](**values)
    except TypeError:  # a field is missing
        return None


def _fits(value: object, hint: Any) -> bool:  # noqa: ANN401  # a type, as annotations have it
    """Whether a value read from JSON is of an answer's type."""
    parts = get_args(hint)
    if get_origin(hint) is Literal:
        return value in parts
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(_fits(each, parts[0]) for each in value)
    if parts:  # a union
        return any(_fits(value, part) for part in parts)
    return type(value) is hint or (hint is float and type(value) is int)


def key_in(line: bytes) -> str:
    """What can still be read of a damaged line's key."""
    _, found, rest = line.partition(b'"key": "')
    return f"key {rest[:32].decode('ascii', 'replace')!r}" if found else "its key cannot be read"
