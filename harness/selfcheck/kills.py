"""Kills runs at random points and gives the same command again: what comes out is what comes out undisturbed.

python -m harness.selfcheck.kills [--kills 50] [--seed 0] [--only NAME] [--root DIR]

Each work is run once undisturbed. Then it is killed (SIGKILL of its process group) at points drawn by the seed, three
kills a run, each time in what the last one left, and at last it is let through. Printed is a table, per work; exit
code 1 where anything differs from the undisturbed run: a row, an item, an answer, a trained weight, an exported file, a
file that is left behind; or where an answer that was kept was computed again, or a process lives on.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.arguments import require_checkout
from harness.errors import BadInput, one_sentence_of
from harness.markdown import table
from harness.selfcheck.killing.outcome import outcome, twice, unlike
from harness.selfcheck.killing.process import PATIENCE, Kill, Point, Watch, killed_at, start
from harness.selfcheck.killing.works import WORKS, Work

PER_RUN = 3
"""Kills of one run, before it is let through."""
_PAUSE = 1.0  # most seconds after an event


@dataclass(frozen=True)
class Run:
    """A run that was killed, and then let through."""

    kills: tuple[Kill, ...]
    faults: tuple[str, ...]
    """What differs from the undisturbed run; none where it is as it should be."""


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody killed."""

    events: int
    stored: int
    """Of the events, those of the store."""
    code: int
    left: dict[str, str]


def undisturbed(work: Work, home: Path, root: Path) -> Undisturbed:
    """Run a work to its end."""
    code = _through(work, home, root)
    return Undisturbed(Watch(home).events(), Watch(home / "store").events(), code, outcome(home))


def _through(work: Work, home: Path, root: Path) -> int:
    return start(work, home, root).wait(PATIENCE)


def run(work: Work, home: Path, root: Path, points: Sequence[Point], reference: Undisturbed) -> Run:
    """Kill a work at each point, in what the kill before left, and then let it through."""
    watch, kills = Watch(home), list[Kill]()
    for point in points:
        kill = killed_at(start(work, home, root), point, watch)
        if kill is None:  # it was through before
            break
        kills.append(kill)
    code = _through(work, home, root)
    faults = unlike(reference.left, outcome(home))
    faults += [f"it ends with {code} instead of {reference.code}"] if code not in (reference.code, work.again) else []
    faults += [f"{count} kept answers were computed again"] if (count := twice(home)) else []
    faults += [f"process {pid} lives on: {command}" for kill in kills for pid, command in kill.alive.items()]
    return Run(tuple(kills), tuple(faults))


def points(draw: random.Random, events: int, count: int) -> list[Point]:
    """Where a work is killed, in its order: anywhere before its last event. Pure but for the generator."""
    chosen = sorted(draw.randrange(events) for _ in range(count))
    return [Point(place, draw.uniform(0, _PAUSE)) for place in chosen]


def runs(work: Work, kills: int, draw: random.Random, scratch: Path, root: Path) -> Iterator[Run]:
    """Runs of a work until it has been killed so often."""
    reference = undisturbed(work, scratch / "undisturbed", root)
    done = number = 0
    while done < kills:
        number += 1
        home = scratch / f"run-{number}"
        home.mkdir()
        found = run(work, home, root, points(draw, reference.events, min(PER_RUN, kills - done)), reference)
        done += len(found.kills)
        yield found


def row(work: Work, found: Sequence[Run]) -> tuple[str, ...]:
    """A work's line of the table. Pure."""
    kills = [kill for one in found for kill in one.kills]
    good = sum(len(one.kills) for one in found if not one.faults)
    kept = sorted(kill.events for kill in kills)
    spread = f"{kept[0]} to {kept[-1]}" if kept else "-"
    return work.name, str(len(kills)), str(good), spread, str(max((kill.begun for kill in kills), default=0))


HEAD = ("what", "kills", "resumed to the same", "events kept at a kill", "batches begun at a kill, at most")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code.

    Raises:
        BadInput: an option cannot be used.
    """
    parser = argparse.ArgumentParser(prog="python -m harness.selfcheck.kills", description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=50, metavar="N", help="of all works together (default: 50)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the points (default: 0)")
    parser.add_argument("--only", metavar="NAME", help="one work: the beginning of its name")
    parser.add_argument("--root", type=Path, default=Path(), metavar="DIR", help="the checkout (default: .)")
    asked = parser.parse_args(argv)
    require_checkout(asked.root, "checks", "baselines")
    works = [work for work in WORKS if work.name.startswith(asked.only or "")]
    if not works or asked.kills < len(works):
        named = ", ".join(repr(work.name) for work in WORKS)
        raise BadInput(f"--only {asked.only} --kills {asked.kills}: expected one of {named}, and a kill for each")
    shares, rows, bad = sum(work.share for work in works), list[tuple[str, ...]](), False
    left = asked.kills
    for work in works:
        mine = left if work is works[-1] else round(asked.kills * work.share / shares)
        left -= mine
        draw, found = random.Random(f"{asked.seed} {work.name}"), list[Run]()  # noqa: S311  # seeded, no secret
        with tempfile.TemporaryDirectory(prefix="kills-", ignore_cleanup_errors=True) as scratch:
            for one in runs(work, mine, draw, Path(scratch), asked.root.resolve()):
                found.append(one)
                bad |= bool(one.faults)
                said = "the same" if not one.faults else "; ".join(one.faults)
                at = ", ".join(str(kill.events) for kill in one.kills)
                sys.stderr.write(f"{work.name}: killed at {at or 'no'} events: {said}\n")
        rows.append(row(work, found))
    sys.stdout.write(table(HEAD, rows))
    return int(bad)


if __name__ == "__main__":
    with one_sentence_of("python -m harness.selfcheck.kills"):
        sys.exit(main())
