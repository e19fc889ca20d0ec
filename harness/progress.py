"""Bars with an estimate of the time left: on the terminal, or, where there is none, a line a minute in the log."""

import atexit
import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm
    from transformers import PreTrainedModel


Progress = Callable[[int, int, float], object]
"""Called with (step, steps, seconds so far)."""
LOGGED_EVERY = 60.0  # seconds between lines of a log; what takes less has none


class Log(io.TextIOBase):
    """Standard error as a file for bars: what a bar draws over itself becomes lines of their own."""

    def __init__(self, uncaptured: Callable[[], AbstractContextManager[object]] = nullcontext) -> None:
        """`uncaptured` opens a context in which standard error is not captured; pytest's capture manager has one."""
        self.uncaptured = uncaptured

    def write(self, text: str) -> int:
        """Write what is not blank as one line."""
        line = text.strip()
        if line:
            with self.uncaptured():
                sys.stderr.write(f"{line}\n")
                sys.stderr.flush()
        return len(text)


def output(uncaptured: Callable[[], AbstractContextManager[object]] = nullcontext) -> TextIO:
    """The terminal, past any capture of the output; a `Log` where there is none."""
    try:
        terminal = Path("/dev/tty").open("w", encoding="utf-8", errors="replace")  # noqa: SIM115  # kept open
    except OSError:
        return Log(uncaptured)  # type: ignore[return-value]  # a TextIO in all that bars ask of one
    atexit.register(terminal.close)  # lives as long as the process; collected earlier, it would warn
    return terminal


_place = [""]
"""What the labels of bars begin with."""


def at(place: str) -> None:
    """Let every bar from now on begin with where it is drawn, as `2 of 15 brackets_break: `; "": with nothing."""
    _place[0] = place


def bar(total: int | None, label: str, file: TextIO | None) -> "tqdm[Any]":
    """A bar of `total` steps, drawn on `file` and gone when it is closed; no total: it counts; no file: silent.

    On a terminal every pytest-xdist worker has a line of its own.
    """
    from tqdm import tqdm

    label = f"{_place[0]}{label}"
    if isinstance(file, Log):
        # miniters: else tqdm writes from a thread of its own as well, whatever is being captured then
        return tqdm(
            total=total, desc=label, file=file, position=0, leave=False, mininterval=LOGGED_EVERY, miniters=1,
            delay=LOGGED_EVERY,
        )  # fmt: skip
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
    return tqdm(
        total=total, desc=label, file=file, position=int(worker), leave=False, mininterval=2, disable=file is None,
        dynamic_ncols=True,  # tqdm does not ask a file for its width
    )  # fmt: skip


@contextmanager
def passes_bar(model: "PreTrainedModel", total: int | None, label: str, file: TextIO | None) -> Iterator[None]:
    """While open, shows the forward passes of `model` and its variants; no file: nothing."""
    from harness.models.passes import counted_passes

    if file is None:
        yield
        return
    with bar(total, label, file) as shown, counted_passes(model, shown.update):
        yield


def steps_bar(label: str, file: TextIO | None) -> Progress | None:
    """Shows the steps of a training run, those of an earlier process left out of the estimate; no file: None."""
    if file is None:
        return None
    shown = bar(0, label, file)

    def show(step: int, steps: int, _: float) -> None:
        if shown.n == 0:
            shown.n = shown.initial = step - 1
        shown.total = steps
        shown.update(step - shown.n)
        if step == steps:
            shown.close()

    return show
