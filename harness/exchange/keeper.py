"""A process beside a run that keeps its store in step with a place: at the start, every so often, and at the end.

A process of its own, because the libraries that reach places open sockets and threads: within a run they would be taken
for what a pruning method does (`conform/watch.py`), be copied into the sandbox's processes, and end with a killed run.
This one ends after whoever began it, whatever ended that, with a last exchange. It reads words from its standard input
(`now`, or its end) and says lines of JSON: `say` (something to tell), `failed` and `moved` (an exchange ended).
"""

import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.exchange.depot import Depot
from harness.exchange.exchange import Exchange, Moved

EVERY = 60.0
"""Seconds between two exchanges, at the least."""
SHARE = 0.05
"""Of the time that exchanges may take."""
_LOOK = 2.0  # seconds between two looks at whether the run is still there


def rest_after(seconds: float, every: float = EVERY) -> float:
    """Seconds until the next exchange, after one that took `seconds`. Pure."""
    return max(every, seconds / SHARE)


def keep_in_step(exchange: Exchange, every: float, next_word: Callable[[float], str | None], told: "Told") -> None:
    """Exchange until there are no more words.

    Args:
        exchange: between the run's store and a place.
        every: seconds between two exchanges, at the least.
        next_word: `now`, or "" at the end, or None where nothing was said for so many seconds.
        told: gets what happens.
    """
    if not _exchanged(exchange, told):
        return
    rest = every
    while (word := next_word(rest)) != "":
        started = time.monotonic()
        _exchanged(exchange, told, asked=word is not None)
        rest = rest_after(time.monotonic() - started, every)
    _exchanged(exchange, told, fetch=False)


Told = Callable[[dict[str, Any]], None]


def _exchanged(exchange: Exchange, told: Told, *, asked: bool = True, fetch: bool = True) -> bool:
    """Exchange once, and say how it went."""
    try:
        moved = exchange.once(fetch=fetch)
    except BadInput as error:
        told({"failed": str(error), "asked": asked})
        return False
    told({"moved": vars(moved), "asked": asked})
    return True


def moved_of(row: dict[str, Any]) -> Moved:
    """What an exchange moved, as it was said."""
    return Moved(**row["moved"])


def _said(row: dict[str, Any]) -> None:
    with suppress(OSError, ValueError):  # whoever began this is gone
        sys.stdout.write(json.dumps(row) + "\n")
        sys.stdout.flush()


def _word_within(seconds: float, own: int) -> str | None:
    """What the standard input says next; "" where it is closed, or where whoever began this, process `own`, is gone."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([0], [], [], min(left, _LOOK))
        if ready:
            return os.read(0, 64).decode().strip()
        if os.getppid() != own:
            return ""
    return None


def main(url: str, store: str, every: str) -> None:
    """Keep `store` in step with the place at `url`."""
    own = os.getppid()
    for number in (signal.SIGINT, signal.SIGTERM):  # whoever began this is asked to end, and then closes the input
        signal.signal(number, signal.SIG_IGN)
    try:
        depot = Depot(url, lambda line: _said({"say": line}))
        depot.require_writable()
    except BadInput as error:
        _said({"failed": str(error), "asked": True})
        return
    keep_in_step(Exchange(depot, Path(store)), float(every), lambda seconds: _word_within(seconds, own), _said)


if __name__ == "__main__":
    main(*sys.argv[1:])
