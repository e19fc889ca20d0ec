"""`python -m harness power`: how often each verdict comes out where the truth is known, at the sizes of a real run."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import files, progress
from harness.arguments import MOST, require_file, require_seed, require_some
from harness.commands.command import Command
from harness.errors import BadInput
from harness.options import as_path, as_share, declare
from harness.tiers import TIERS

if TYPE_CHECKING:
    from harness.decide.design import Design
    from harness.selfcheck.simulated.power import Rates
    from harness.selfcheck.simulated.setting import Setting
    from harness.selfcheck.simulated.truth import Kind, Truth
    from harness.tiers import TierName

KINDS: "tuple[Kind, ...]" = ("null", "minimum", "paper", "untrue")


@dataclass(frozen=True)
class Cell:
    """One truth of one claim at one size."""

    design: "Design"
    tier: "TierName"
    setting: "Setting"
    truth: "Truth"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("--claim", action="append", metavar="ID", help="only this one; repeatable (default: all)")
    add("--tier", action="append", choices=tuple(TIERS), help="whose tasks are asked; repeatable (default: all three)")
    add("--kind", action="append", choices=KINDS, help="only such truths; repeatable (default: all)")
    add("--runs", type=int, default=200, metavar="N", help="simulated runs of each truth (default: 200)")
    add("--again", type=int, metavar="N", help="so many runs in all of a truth in which any of those runs decided "
        "wrongly: what is near to the allowed rate is measured more closely")  # fmt: skip
    declare(add, "--json", "--seed", "--root")
    add("--table", type=as_path, action="append", metavar="FILE", help="simulate nothing: print the table of what "
        "--json wrote; repeatable, for parts that were run by themselves")  # fmt: skip
    add("--from", dest="given", type=as_path, metavar="FILE", help="take base rates and --limit from this "
        "verdicts.json or baseline of yours instead of the tier's stored runs")  # fmt: skip
    declare(add, "--limit", help="items per task of the run, of sweeps a quarter (default: as stored)")
    declare(add, "--looks", "--race")
    add("--items", type=int, action="append", metavar="N", help="just so many items of every task; repeatable")
    add("--base", type=as_share, action="append", metavar="RATE", help="the base gets this share of every task right; "
        "repeatable")  # fmt: skip
    add("--seeds", type=int, metavar="N", help="training runs of each arm (default: the tier's)")
    add("--spread", type=float, metavar="SD", help="of retention between training seeds (default: as stored; a single "
        "one has none, its verdict being of that run)")  # fmt: skip


def run(arguments: argparse.Namespace) -> None:
    """Simulate, print, and write.

    Raises:
        BadInput: an argument cannot be used.
    """
    _require(arguments)
    from harness.selfcheck.simulated.summary import summary

    if arguments.table:
        sys.stdout.write(summary([row for path in arguments.table for row in _kept(path)]))
        return
    cells = list(_cells(arguments))
    rows = list[dict[str, Any]]()
    try:
        with progress.bar(arguments.runs * len(cells), "simulated runs", progress.output()) as bar:
            for before, cell in zip([None, *cells], cells, strict=False):
                if before is None or _heading(before) != _heading(cell):
                    sys.stdout.write(f"{_heading(cell)}\n")
                rows.append(row_of(cell, _simulated(cell, arguments, bar.update)))
                sys.stdout.write(f"{_line(rows[-1])}\n")
                sys.stdout.flush()
    finally:  # also of what was stopped half-way
        sys.stdout.write(summary(rows))
        if arguments.json:
            _keep(rows, arguments.json, arguments.seed)


def _simulated(cell: Cell, arguments: argparse.Namespace, tick: Callable[[], object]) -> "Rates":
    """The rates of a cell; of one that erred, on more runs, the first of which are the same."""
    from harness.selfcheck.simulated.power import rates

    found = rates(cell.design, cell.setting, cell.truth, arguments.runs, arguments.seed, tick=tick)
    if not arguments.again or not any(getattr(found, verdict) for verdict in cell.truth.wrong):
        return found
    return rates(cell.design, cell.setting, cell.truth, arguments.again, arguments.seed)


def _kept(path: Path) -> list[dict[str, Any]]:
    """The rows of a file that `--json` wrote.

    Raises:
        BadInput: it is none.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return [*content["rows"], *content["untrue"]]
    except (OSError, ValueError, RecursionError, KeyError, TypeError) as error:
        raise BadInput(f"--table {path}: expected a file that --json wrote ({error})") from error


def _keep(rows: Sequence[Mapping[str, Any]], path: Path, seed: int) -> None:
    from harness.selfcheck.simulated.power import RESAMPLES
    from harness.selfcheck.simulated.truths import truths_of

    content = {
        "seed": seed,
        "resamples": RESAMPLES,
        "rows": [row for row in rows if row["kind"] != "untrue"],
        "untrue": [row for row in rows if row["kind"] == "untrue"],
        "no_null": {claim: truths_of(claim).none for claim in dict.fromkeys(row["claim"] for row in rows)},
    }
    files.write_whole(path, json.dumps(content, indent=1) + "\n")


def _require(arguments: argparse.Namespace) -> None:
    for option, value, of, most in (
        ("--runs", arguments.runs, "runs", MOST),
        ("--again", arguments.again, "runs", MOST),
        ("--limit", arguments.limit, "items", MOST),
        ("--seeds", arguments.seeds, "training runs", 1_000),
        *(("--items", items, "items", MOST) for items in arguments.items or ()),
    ):
        require_some(option, value, of, most)
    if arguments.again is not None and arguments.again <= arguments.runs:
        raise BadInput(f"--again {arguments.again}: expected more runs than the {arguments.runs} of --runs")
    for base in arguments.base or ():
        if not 0 < base < 1:
            raise BadInput(f"--base {base}: expected a share between 0 and 1")
    require_seed(arguments.seed)
    if arguments.spread is not None and not 0 <= arguments.spread <= 1:
        raise BadInput(f"--spread {arguments.spread}: expected a standard deviation of retention, from 0 to 1")
    require_file("--json", arguments.json)


def _cells(arguments: argparse.Namespace) -> Iterator[Cell]:
    from harness.decide.designs import DESIGNS, design_of
    from harness.selfcheck.simulated.sizes import sizes_of
    from harness.selfcheck.simulated.truths import truths_of

    known = {tier: sizes_of(tier, arguments.root / "baselines", arguments.given, arguments.limit)
             for tier in arguments.tier or TIERS}  # fmt: skip
    for claim in arguments.claim or DESIGNS:
        design, truths = design_of(claim), truths_of(claim)
        for (tier, sizes), items, base in product(known.items(), arguments.items or [None], arguments.base or [None]):
            looks = TIERS[tier].looks if arguments.looks is None else arguments.looks == "on"
            race = TIERS[tier].looks if arguments.race is None else arguments.race == "on"
            setting = replace(sizes.setting(claim, items, base), looks=looks, race=race)
            if design.trains:
                setting = replace(
                    setting,
                    seeds=arguments.seeds or setting.seeds,
                    spread=setting.spread if arguments.spread is None else arguments.spread,
                )
            for truth in truths.every():
                if truth.kind in (arguments.kind or KINDS) and truth.world.possible(design, setting):
                    yield Cell(design, tier, setting, truth)


def row_of(cell: Cell, found: "Rates") -> dict[str, Any]:
    """One row of the file. `n` and `base` are means over the tasks of the effect, which `tasks` has one by one."""
    from harness.selfcheck.simulated.power import errors

    asked = cell.setting.asked
    return {
        "claim": cell.design.claim,
        "truth": cell.truth.name,
        "kind": cell.truth.kind,
        "tier": cell.tier,
        "n": round(sum(task.items for task in asked) / len(asked)),
        "base": round(sum(task.base for task in asked) / len(asked), 4),
        **asdict(found),
        "wrong": list(cell.truth.wrong),
        "errors": errors(cell.truth, found),
        "source": cell.truth.source,
        "tasks": {task.task: [task.items, round(task.base, 4)] for task in asked},
        "layers": cell.setting.layers,
        "looks": cell.setting.looks,
        "race": cell.setting.race and cell.design.races,
        "seeds": cell.setting.seeds,
        "spread": round(cell.setting.spread, 4),
    }


def _heading(cell: Cell) -> str:
    shown = ", ".join(f"{task.task} {task.base:.2f} of {task.items}" for task in cell.setting.asked)
    layers = f"; {cell.setting.layers} layers" if cell.setting.layers > 1 else ""
    looks = "; looked at on 25, 50, 100 and so on" if cell.setting.looks and not cell.design.ordered else ""
    looks = "; a race" if cell.setting.race and cell.design.races else looks
    seeds = f"; {cell.setting.seeds} seeds, spread {cell.setting.spread:.3f}" if cell.design.trains else ""
    named = ("reproduced", "contradicted", "inconclusive", "not testable", "items", "runs")
    columns = "  ".join(f"{name:>12}" for name in named)
    return f"\n{cell.design.claim}, {cell.tier}: base {shown}{layers}{seeds}{looks}\n{'':60}{columns}"


def _line(row: Mapping[str, Any]) -> str:
    shares = [
        f"{100 * row[name]:10.1f} %{'!' if name in row['errors'] else ' '}"
        for name in ("reproduced", "contradicted", "inconclusive", "not_testable")
    ]
    return f"{row['kind']:8} {row['truth']:51}{'  '.join(shares)} {row['mean_items']:13.0f}{row['runs']:14}"


POWER = Command(
    "Say how often each claim would be decided, wrongly and rightly, at the sizes of a run.", add_arguments, run
)
