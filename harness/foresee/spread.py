"""How long a field study takes on so many machines: the checks of a plan, method by method, dealt out. Pure.

A cell is a whole check, as `--executor ray` deals them. The longest goes first, onto whichever machine is free first;
that takes at most 4/3 of the shortest time there is (Graham 1969, for cells that wait for nothing), and here nothing
waits: whoever comes to answers that another machine is computing takes the next ones.
"""

import heapq
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

from harness.errors import BadInput

REFUSED = "refused: "
"""How the note of a check begins that could not be walked through."""
MOST = 10_000
"""Machines and methods."""


@dataclass(frozen=True)
class Cell:
    """One check of one model, with one method or none."""

    name: str
    seconds: float


@dataclass(frozen=True)
class Spread:
    """What so many machines come to."""

    machines: int
    makespan: float
    """Seconds until the last one is done."""
    busy: float
    """Machine-seconds of work."""
    longest: Cell

    @property
    def idle(self) -> float:
        """Share of the machines' time that nothing is done in."""
        held = self.machines * self.makespan
        return 1 - self.busy / held if held else 0.0

    def cost(self, price: float) -> float:
        """Of all machines held to the end, at a price per machine and hour."""
        return price * self.machines * self.makespan / 3600

    @property
    def bound(self) -> float:
        """Seconds below which nothing gets: the longest cell, or all work dealt out evenly."""
        return max(self.longest.seconds, self.busy / self.machines)


def spread(cells: Sequence[Cell], machines: int) -> Spread:
    """Deal cells out, the longest first."""
    free = [0.0] * machines
    for cell in sorted(cells, key=lambda one: -one.seconds):
        heapq.heapreplace(free, free[0] + cell.seconds)
    longest = max(cells, key=lambda one: one.seconds)
    return Spread(machines, max(free), sum(cell.seconds for cell in cells), longest)


def read_plan(path: Path) -> dict[str, Any]:
    """A `plan.json`: model -> what its checks take.

    Raises:
        BadInput: it is none.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for plan in content.values():
            float(plan["total"]["seconds"])
            for check in plan["checks"]:
                float(check["work"]["seconds"]), float(check["beside_the_model"]), str(check["claim"])
                dict(check["params"])
            _ = plan["checks"][0]
    except (OSError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise BadInput(f"{path}: expected a plan.json, which `pytest checks/ --plan` writes ({what})") from error
    return content


def left_out(plans: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The checks that could not be walked through, as for want of a corpus: of what they take nothing is known."""
    return [
        " ".join([model, check["claim"], *(str(value) for name, value in check["params"].items() if name != "method")])
        for model, plan in plans.items()
        for check in plan["checks"]
        if _refused(check)
    ]


def _refused(check: Mapping[str, Any]) -> bool:
    return any(note.startswith(REFUSED) for note in check.get("notes", ()))


def cells_of(plans: Mapping[str, Mapping[str, Any]], methods: int) -> list[Cell]:
    """Every check of every model, those that take a method so many times.

    What a check takes with a method is the mean over those that were planned. What several planned checks share is paid
    once (the plan's total), each check bearing its part of it; what further methods share with the first is not known
    of a plan and is counted again, so the work is rather too much than too little.
    """
    return [cell for model, plan in plans.items() for cell in _cells_of(model, plan, methods)]


def _cells_of(model: str, plan: Mapping[str, Any], methods: int) -> list[Cell]:
    alone = sum(check["work"]["seconds"] for check in plan["checks"])
    share = plan["total"]["seconds"] / alone if alone else 1.0
    found: dict[tuple[str, bool], list[float]] = {}
    for check in plan["checks"]:
        if _refused(check):
            continue
        params = {name: value for name, value in check["params"].items() if name != "method"}
        name = " ".join([model, check["claim"], *map(str, params.values())])
        seconds = share * check["work"]["seconds"] + check["beside_the_model"]
        found.setdefault((name, "method" in check["params"]), []).append(seconds)
    return [
        Cell(f"{name}, method {count + 1}" if takes else name, fmean(seconds))
        for (name, takes), seconds in found.items()
        for count in range(methods if takes else 1)
    ]
