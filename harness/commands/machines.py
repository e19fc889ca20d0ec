"""`python -m harness machines`: how long a field study takes on so many machines, and what it costs."""

import argparse
import json
import sys
from typing import TYPE_CHECKING

from harness import files
from harness.arguments import require_file, require_some
from harness.commands.command import Command
from harness.errors import BadInput
from harness.options import as_path, declare
from harness.versions import require_extra

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.foresee.spread import Plan, Spread

CENTS = 100
"""What costs less is said to the hundredth."""
POWERS = tuple(2**power for power in range(9))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("plan", type=as_path, nargs="+", metavar="PLAN", help="plan.json of `pytest checks/ --plan`, one a model")
    add("--methods", type=int, default=1, metavar="N", help="methods that each check which takes one is run with "
        "(default: 1)")  # fmt: skip
    add("--machines", type=int, action="append", metavar="N", help="machines, each with one GPU or none as the plan "
        f"says; repeatable (default: {', '.join(map(str, POWERS))})")  # fmt: skip
    add("--price", type=float, metavar="P", help="of a machine per hour, in any currency")
    declare(add, "--json")
    declare(add, "--picture", help="draw time and cost against machines (PNG)")


def run(arguments: argparse.Namespace) -> None:
    """Print a table: machines, time, idle share, cost.

    Raises:
        BadInput: a plan cannot be read, a number cannot be used, or a file cannot be written.
    """
    from harness.foresee.spread import MOST, cells_of, left_out, spread

    for option, count in (("--methods", arguments.methods), *(("--machines", n) for n in arguments.machines or ())):
        require_some(option, count, option.removeprefix("--"), MOST)
    if arguments.price is not None and not 0 <= arguments.price < float("inf"):
        raise BadInput(f"--price {arguments.price}: expected what a machine costs per hour, such as 2.5")
    require_file("--json", arguments.json)
    require_file("--picture", arguments.picture)
    if arguments.picture is not None:
        require_extra("report", "pictures")
    plans = _read(arguments.plan)
    cells = cells_of(plans, arguments.methods)
    for name in left_out(plans):
        sys.stdout.write(f"left out, as the plan could not walk through it: {name}\n")
    if not cells:
        raise BadInput("no check of the plans could be walked through; plan again with what their notes ask for")
    found = [spread(cells, count) for count in sorted(set(arguments.machines or POWERS))]
    sys.stdout.write("\n".join(_table(found, arguments.price, len(plans), len(cells))) + "\n")
    sys.stdout.flush()
    try:
        if arguments.json is not None:
            files.write_whole(arguments.json, json.dumps(_as_json(found, arguments.price), indent=1) + "\n")
        if arguments.picture is not None:
            from harness.report.picture import machines_picture

            machines_picture(arguments.picture, [(each.machines, each.makespan, each.bound) for each in found])
    except OSError as error:
        raise BadInput(f"{error.filename}: cannot be written ({error.strerror}); name another file") from error


def _read(paths: "Sequence[Path]") -> "dict[str, Plan]":
    """The plans by model.

    Raises:
        BadInput: one cannot be read, or two are of one model, whose checks would be counted twice.
    """
    from harness.foresee.spread import read_plan

    plans: dict[str, Plan] = {}
    for path in paths:
        for model, plan in read_plan(path).items():
            if model in plans:
                raise BadInput(f"{path}: has {model}, and so has another plan; name one plan per model")
            plans[model] = plan
    return plans


def _table(found: "Sequence[Spread]", price: float | None, models: int, cells: int) -> list[str]:
    from harness.foresee.lines import time_of

    first = found[0]
    counted = ", ".join(
        f"{count:,} {what}{'' if count == 1 else 's'}" for count, what in ((models, "model"), (cells, "cell"))
    )
    longest = f"{first.longest.name}: {time_of(first.longest.seconds)}"
    lines = [
        f"{counted}, {time_of(first.busy)} of one machine; the longest is {longest}",
        "",
        f"{'machines':>8} {'time':>9} {'at least':>9} {'idle':>6}{'' if price is None else '      cost'}",
    ]
    for each in found:
        cost = "" if price is None else f" {each.cost(price):>9,.{0 if each.cost(price) >= CENTS else 2}f}"
        lines.append(
            f"{each.machines:>8,} {time_of(each.makespan):>9} {time_of(each.bound):>9} {each.idle:>6.0%}{cost}"
        )
    return lines


def _as_json(found: "Sequence[Spread]", price: float | None) -> list[dict[str, object]]:
    return [
        {"machines": each.machines, "seconds": each.makespan, "at_least": each.bound, "idle": each.idle,
         "machine_seconds": each.busy, "cost": None if price is None else each.cost(price)}
        for each in found
    ]  # fmt: skip


MACHINES = Command("Reckon how long planned checks take on so many machines, and what that costs.", add_arguments, run)
