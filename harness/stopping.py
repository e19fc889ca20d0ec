"""SIGTERM as Ctrl-C: what a scheduler or `kill` ends keeps what it has, and says so."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def stop_like_ctrl_c() -> Callable[[], None]:
    """Let SIGTERM raise KeyboardInterrupt in this process, where it would have ended it without a word.

    Returns:
        What takes that back.
    """
    free = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    if not free:
        return lambda: None
    own = os.getpid()

    def stop(number: int, _: object) -> None:
        if os.getpid() != own:  # a fork's, which is to end as forks do
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)

    def undo() -> None:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)

    return undo


@contextmanager
def stopping_like_ctrl_c() -> Iterator[None]:
    """While open, SIGTERM raises KeyboardInterrupt."""
    undo = stop_like_ctrl_c()
    try:
        yield
    finally:
        undo()
