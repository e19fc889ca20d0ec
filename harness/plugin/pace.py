"""How far a run is, and how long the rest may take: what bars begin with."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from harness.plugin.executing import trained
from harness.plugin.ours import is_ours

MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Pace:
    """When a session's first check began, and what the checks weigh."""

    began: float
    weights: Sequence[float]
    """In order of running; a training weighs as many checks more as it has epochs."""


PACE: pytest.StashKey[Pace] = pytest.StashKey()


def place(item: pytest.Item) -> str:
    """Which check of how many this is, with the time left as far as those before tell, and its name.

    Workers of pytest-xdist know their own checks only, so there it is the name alone.
    """
    name = item.path.stem.removeprefix("test_")
    if hasattr(item.config, "workerinput"):
        return f"{name}: "
    items = [other for other in item.session.items if is_ours(other)]
    pace = item.config.stash.setdefault(PACE, Pace(time.monotonic(), [1.0 + trained(other) for other in items]))
    return f"{told(items.index(item), pace.weights, time.monotonic() - pace.began)}{name}: "


def told(done: int, weights: Sequence[float], seconds: float) -> str:
    """The words for the check after those done: "3 of 15 (about 4 min left) ". Pure.

    Args:
        done: checks that are over.
        weights: of all checks.
        seconds: since the first began.
    """
    if len(weights) == 1:
        return ""
    left = f" ({left_in_words(seconds / sum(weights[:done]) * sum(weights[done:]))})" if done else ""
    return f"{done + 1} of {len(weights)}{left} "


def left_in_words(seconds: float) -> str:
    """An estimate as it is said: no more digits than it deserves. Pure."""
    if seconds < MINUTE:
        return "a minute left"
    if seconds < 2 * HOUR:
        return f"about {seconds / MINUTE:.0f} min left"
    return f"about {seconds / HOUR:.0f} h left"
