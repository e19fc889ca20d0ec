"""What a log of any tool comes to: tasks, and per item its scores and a name for what was asked. Pure."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from zipfile import BadZipFile

from harness.errors import BadInput

UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, EOFError, OverflowError,
              BadZipFile)  # fmt: skip
"""What a file raises that is not as its name says; bad JSON, bad UTF-8 and bad parquet are among them."""


@dataclass(frozen=True)
class LoggedItem:
    """What is known of one item."""

    scores: Mapping[str, object]
    """Metric -> what the log says of it; mostly a number, of some metrics a text or a list."""
    asked: str = ""
    """Digest of prompt and target; "" where the log has neither."""
    target: str = ""
    """The right answer, where the log has it."""


@dataclass(frozen=True)
class LoggedTask:
    """One task of one model."""

    items: Mapping[str, LoggedItem]
    """Name of an item, the same in every log of it -> what is known of it."""
    chance: Mapping[str, float] = field(default_factory=dict)
    """Metric -> expected score of guessing, of metrics of which it is known."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """How the task was asked, as far as the log says: number of examples, version, sampling, ..."""
    lower_is_better: frozenset[str] = frozenset()
    """Metrics of which less is more."""
    by_content: bool = False
    """Whether items are named by what they say, so that two tasks with the same names ask the same items."""


@dataclass(frozen=True)
class Log:
    """The results of one model."""

    source: str
    """Where they were read, as it was written."""
    tool: str
    model: str
    tasks: Mapping[str, LoggedTask]
    notes: tuple[str, ...] = ()
    """What a reader should know: a run that did not end, a repetition that was averaged."""


def digest(*texts: object) -> str:
    """A name for what was asked."""
    return hashlib.sha256("\x1f".join(map(str, texts)).encode("utf-8", "surrogatepass")).hexdigest()[:16]


@contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """While open, a file that is not what it seems to be is refused in a sentence.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        yield
    except BadInput:
        raise
    except UNREADABLE as error:
        why = " ".join(str(error).split())[:160] or type(error).__name__
        raise BadInput(f"{path}: cannot be read as {what} ({type(error).__name__}: {why}); write it again") from error


def repeated(path: Path, task: str, item: str) -> BadInput:
    """The refusal of an item that a log has twice."""
    return BadInput(
        f"{path}: item {item!r} of task {task!r} is in it twice; expected one row an item; remove the copy (two "
        f"runs written into one file?)"
    )
