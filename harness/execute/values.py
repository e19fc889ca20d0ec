"""Python values as JSON and back, so that what a function takes and returns survives the way in and out of the sandbox.

JSON's own values stand for themselves: None, booleans, text, lists, floats (with NaN and Infinity, which Python's JSON
has), integers of at most 64 bits. Everything else is an object with one key, its kind:

    {"int": "-0x1f"}  {"tuple": [...]}  {"set": [...]}  {"frozenset": [...]}  {"dict": [[key, value], ...]}
    {"complex": [real, imaginary]}  {"bytes": "00ff"}  {"other": "re.Match"}

Subclasses come back as what they are made of: a Counter as a dict, a named tuple as a tuple. Values of other types
(functions, iterators, instances of classes) come back as `Other`, which equals no value. Loaded by the runner too, by
its path, so only the standard library is imported. Pure.
"""

import json
import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

DEEPEST = (
    150  # levels of nesting; the deepest result of a reference solution has 11, and Python's own limit is near 1000
)
_MOST_ALIKE = 32  # different values of one hash in a set; honest ones share it by twos (-1 and -2)
_LARGEST_PLAIN = 2**63  # beyond it decimal digits cost quadratic time and Python refuses 4300 of them
_SIZED = (str, bytes, bytearray, list, tuple, set, frozenset, dict)
_COLLECTIONS = (("tuple", tuple), ("set", set), ("frozenset", frozenset))


@dataclass(frozen=True, eq=False)
class Other:
    """A value that cannot be carried over; equal to itself only."""

    type_name: str


def dumps(value: Any, largest: float = math.inf) -> str:  # noqa: ANN401  # any value at all
    """`value` as one line of JSON.

    Args:
        value: anything.
        largest: characters that the line may have; what is seen to need more is not written first.

    Raises:
        RecursionError: it is nested deeper than `DEEPEST`, or contains itself.
        MemoryError: the line would be longer than `largest`, or than the memory that is left.
    """
    text = json.dumps(_encode(value, 0, largest))
    if len(text) > largest:
        raise MemoryError(f"longer than {largest}")
    return text


def loads(text: str) -> Any:  # noqa: ANN401  # any value at all
    """The value of a line of JSON; the line may be forged.

    Raises:
        ValueError: it is none of ours.
    """
    try:
        return _decode(json.loads(text))
    except (TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise ValueError(f"not an encoded value ({type(error).__name__})") from None


def _encode(value: Any, depth: int, largest: float) -> Any:  # noqa: ANN401, PLR0911, C901  # one case a type
    if depth > DEEPEST:
        raise RecursionError(f"nested deeper than {DEEPEST}")
    if isinstance(value, _SIZED) and len(value) > largest:
        raise MemoryError(f"longer than {largest}")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -_LARGEST_PLAIN <= value < _LARGEST_PLAIN else {"int": hex(value)}
    if isinstance(value, float | str):
        return value
    if isinstance(value, list):
        return [_encode(item, depth + 1, largest) for item in value]
    for kind, collection in _COLLECTIONS:
        if isinstance(value, collection):
            return {kind: [_encode(item, depth + 1, largest) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[_encode(part, depth + 1, largest) for part in pair] for pair in value.items()]}
    if isinstance(value, complex):
        return {"complex": [value.real, value.imag]}
    if isinstance(value, bytes | bytearray):
        return {"bytes": value.hex()}
    return {"other": f"{type(value).__module__}.{type(value).__qualname__}"}


def _apart(keys: list[Any]) -> list[Any]:
    """The keys, unless many hash alike: numbers chosen so take hours to put into a set.

    Raises:
        ValueError: they do.
    """
    if len(keys) > _MOST_ALIKE and max(Counter(map(hash, keys)).values()) > _MOST_ALIKE:
        raise ValueError("keys that all hash alike")
    return keys


def _decode(value: Any) -> Any:  # noqa: ANN401, PLR0911  # one case a kind
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tuple":
        return tuple(_decode(item) for item in content)
    if kind in ("set", "frozenset"):
        return (set if kind == "set" else frozenset)(_apart([_decode(item) for item in content]))
    if kind == "dict":
        pairs = [(_decode(key), _decode(item)) for key, item in content]
        _apart([key for key, _ in pairs])
        return dict(pairs)
    if kind == "int":
        return int(content, 16)
    if kind == "complex":
        return complex(*content)
    if kind == "bytes":
        return bytes.fromhex(content)
    if kind == "other":
        return Other(str(content))
    raise ValueError(f"unknown kind {kind!r}")
