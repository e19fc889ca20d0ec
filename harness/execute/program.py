"""A program to run, what it may use, and what came of it."""

from dataclasses import dataclass
from typing import Any, Literal

Ending = Literal[
    "ok", "syntax", "unbalanced bracket", "no code", "undefined name", "error", "timeout", "memory", "killed"
]


@dataclass(frozen=True)
class Program:
    """A function to call."""

    source: str
    entry_point: str
    inputs: tuple[tuple[Any, ...], ...]
    """Arguments of each call; values that `harness.execute.values` carries. Each call gets a copy of its own."""


@dataclass(frozen=True)
class Limits:
    """What one program may use.

    Attributes:
        wall_seconds: Time by the clock, in seconds: many times the computing time, for it is there for programs that
            wait, and a busy machine makes others wait too.
        cpu_seconds: Computing time, in whole seconds.
        memory_bytes: Address space, in bytes.
        result_bytes: What it may return for all its inputs together, in bytes of `harness.execute.values`.
    """

    wall_seconds: float = 20.0
    cpu_seconds: int = 2
    memory_bytes: int = 512 * 2**20
    result_bytes: int = 2**16


USUAL_LIMITS = Limits()


@dataclass(frozen=True)
class Execution:
    """What came of one program."""

    outcome: Ending
    values: tuple[Any, ...] = ()
    """What each call returned; None where it raised, `Other` where it returned what cannot be carried over."""
    detail: str = ""
    isolation: str | None = None
    """`sandbox.FULL`, or what a program can do on this machine that it should not; None where nothing ran."""
    seconds: float = 0.0
    """Computing time it used, in seconds."""
