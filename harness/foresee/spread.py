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
LONGEST = 1e12
"""Seconds of a check, of which none takes thirty thousand years."""
MOST = 10_000
"""Machines and methods."""


@dataclass(frozen=True)
class Planned:
    """One check of a plan."""

    claim: str
    params: Mapping[str, str]
    seconds: float
    """Of the model, were it run alone."""
    beside: float
    """That everything else takes."""
    refused: bool
    """Whether it could not be walked through."""
    base: float = 0.0
    """Seconds of the model in which the unpruned one answers, which every method finds done after the first."""

    def named(self, model: str) -> str:
        """Model, claim and parameters, the method left out."""
        return " ".join([model, self.claim, *(value for name, value in self.params.items() if name != "method")])


@dataclass(frozen=True)
class Plan:
    """What `--plan` found of one model."""

    checks: Sequence[Planned]
    total: float
    """Seconds of all together, what they share paid once."""


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
        return max(0.0, 1 - self.busy / held) if held else 0.0

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


def read_plan(path: Path) -> dict[str, Plan]:
    """A `plan.json`, by model.

    Raises:
        BadInput: it is none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        plans = {_clean(model): _plan_of(plan) for model, plan in content.items()}
    except (OSError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
        raise BadInput(f"{path}: expected a plan.json, which `pytest checks/ --plan` writes ({what})") from error
    if not plans or not all(plan.checks for plan in plans.values()):
        raise BadInput(f"{path}: expected a plan.json, which `pytest checks/ --plan` writes (it has no checks)")
    return plans


def _plan_of(plan: Mapping[str, Any]) -> Plan:
    checks = [
        Planned(
            _clean(check["claim"]),
            {str(name): _clean(value) for name, value in dict(check["params"]).items()},
            _seconds(check["work"]["seconds"]),
            _seconds(check["beside_the_model"]),
            any(str(note).startswith(REFUSED) for note in list(check.get("notes") or ())),
            _seconds(check.get("of_the_base", 0.0)),
        )
        for check in plan["checks"]
    ]
    return Plan(checks, _seconds(plan["total"]["seconds"]))


def _seconds(value: Any) -> float:  # noqa: ANN401  # whatever the file holds
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= LONGEST:
        raise ValueError(f"{str(value)[:40]!r} is no time in seconds")
    return float(value)


def _clean(value: Any) -> str:  # noqa: ANN401  # whatever the file holds
    """Text that may stand on a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))


def left_out(plans: Mapping[str, Plan]) -> list[str]:
    """The checks that could not be walked through, as for want of a corpus: of what they take nothing is known."""
    return [check.named(model) for model, plan in plans.items() for check in plan.checks if check.refused]


def cells_of(plans: Mapping[str, Plan], methods: int) -> list[Cell]:
    """Every check of every model, those that take a method so many times.

    What a check takes with a method is the mean over those that were planned. What several planned checks share is paid
    once (the plan's total), each check bearing its part of it. What the unpruned model answers, its texts for
    recoveries with it, is paid with the first method and there for the others; whatever else methods share is not known
    of a plan and is counted again.
    """
    return [cell for model, plan in plans.items() for cell in _cells_of(model, plan, methods)]


def _cells_of(model: str, plan: Plan, methods: int) -> list[Cell]:
    alone = sum(check.seconds for check in plan.checks)
    share = plan.total / alone if alone else 1.0
    found: dict[tuple[str, bool], list[Planned]] = {}
    for check in plan.checks:
        if not check.refused:
            found.setdefault((check.named(model), "method" in check.params), []).append(check)
    return [
        Cell(
            f"{name}, method {count + 1}" if takes else name,
            fmean(share * (one.seconds - (one.base if count else 0.0)) + one.beside for one in checks),
        )
        for (name, takes), checks in found.items()
        for count in range(methods if takes else 1)
    ]
