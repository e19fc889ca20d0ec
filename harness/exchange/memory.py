"""What a mirror knows of a place, so that an exchange takes and sends only what is new.

It is a saving and no truth: without it, all that the place has is read again, and nothing is added or sent twice. It is
written when both sides are even, so whatever ends an exchange before leaves the one before it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness import files


@dataclass(frozen=True)
class Memory:
    """Of a mirror and one place."""

    taken: frozenset[str] = frozenset()
    """Objects of lines all of which this store has."""
    even: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """File -> which one it was (its inode), and up to which byte the place has its lines."""


def recalled(path: Path) -> Memory:
    """What was kept; nothing where that cannot be read."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        even = {str(name): (int(inode), int(end)) for name, (inode, end) in told["even"].items()}
        return Memory(frozenset(map(str, told["taken"])), even)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Memory()


def keep(path: Path, memory: Memory) -> None:
    """Write it, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    told = {"taken": sorted(memory.taken), "even": {name: list(at) for name, at in sorted(memory.even.items())}}
    files.write_whole(path, json.dumps(told) + "\n")


def holding(memory: Memory, listed: frozenset[str], sizes: Mapping[str, tuple[int, int]]) -> Memory:
    """What of it still holds: all, or nothing where objects are gone or a file is not the one that it was. Pure.

    Args:
        memory: as it was kept.
        listed: objects of lines that the place has.
        sizes: file -> its inode and its bytes; without those that are not there.
    """
    for name, (inode, end) in memory.even.items():
        now = sizes.get(name)
        if now is None or now[0] != inode or now[1] < end:
            return Memory()
    return memory if memory.taken <= listed else Memory()
