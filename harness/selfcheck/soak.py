"""Several processes decide the same claims on one store, and are killed and begun again at random: the same rows.

python -m harness.selfcheck.soak [--rounds 5] [--processes 4] [--kills 6] [--seed 0] [--root DIR]

In each round the processes begin on an empty store; at points drawn by the seed one of those that still run is killed
(SIGKILL of its process group) and given again. At the end each must have the rows, items and exit code of an
undisturbed run alone, the store its answers, and no file or process may be left over. Printed is a table, a line a
round; exit code 1 where anything differs. Answers that two processes computed are counted: batches of a process that
goes on are cut otherwise than those of one that began, and only equal batches are left to one of them.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.arguments import require_checkout
from harness.errors import BadInput, one_sentence_of
from harness.markdown import table
from harness.selfcheck.killing.outcome import outcome, twice, unlike
from harness.selfcheck.killing.process import PATIENCE, Kill, Watch, killed_at, start
from harness.selfcheck.killing.works import SOAKED, Work
from harness.selfcheck.kills import Undisturbed, points, undisturbed


@dataclass(frozen=True)
class Round:
    """Processes that ran together."""

    kills: tuple[Kill, ...]
    twice: int
    """Answers that are in the store more than once."""
    faults: tuple[str, ...]


def soaked(
    work: Work, scratch: Path, root: Path, processes: int, kills: int, draw: random.Random, reference: Undisturbed
) -> Round:
    """Run a work in several processes on one store, kill some, and look what is left.

    Args:
        work: that each process does.
        scratch: an empty folder.
        root: the checkout.
        processes: how many.
        kills: at most; a process that has ended already cannot be killed.
        draw: where, and whom.
        reference: the same work undisturbed.
    """
    shared = scratch / "shared"
    (shared / "store").mkdir(parents=True)
    homes = [scratch / f"process-{number}" for number in range(processes)]
    for home in homes:
        home.mkdir()
        (home / "store").symlink_to(shared / "store")
    running = {home: start(work, home, root) for home in homes}
    watch, done = Watch(shared), list[Kill]()
    for point in points(draw, reference.stored, kills):
        alive = [home for home in homes if running[home].poll() is None]
        if not alive:
            break
        home = draw.choice(alive)
        kill = killed_at(running[home], point, watch)
        if kill is not None:
            done.append(kill)
            running[home] = start(work, home, root)
    faults = list[str]()
    for home, process in running.items():
        code = process.wait(PATIENCE)
        faults += [f"{home.name} ends with {code}"] if code not in (reference.code, work.again) else []
        faults += [f"{home.name}: {fault}" for fault in unlike(_part(reference.left, store=False), outcome(home))]
    faults += [f"store: {fault}" for fault in unlike(_part(reference.left, store=True), outcome(shared))]
    faults += [f"process {pid} lives on: {command}" for kill in done for pid, command in kill.alive.items()]
    return Round(tuple(done), twice(shared), tuple(faults))


def _part(left: Mapping[str, str], *, store: bool) -> dict[str, str]:
    """What a run left in the store, or beside it; what marks a folder that a run made itself left out. Pure."""
    return {
        name: said for name, said in left.items() if name.startswith("store/") == store and name != "store/.gitignore"
    }


HEAD = ("round", "processes", "kills", "answers in the store twice", "rows, answers, files and processes")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; the exit code.

    Raises:
        BadInput: an option cannot be used.
    """
    parser = argparse.ArgumentParser(prog="python -m harness.selfcheck.soak", description=__doc__.splitlines()[0])
    for name, value, said in (
        ("rounds", 5, "how often"),
        ("processes", 4, "on one store"),
        ("kills", 6, "of a round, at most"),
        ("seed", 0, "of the points and of whom they hit"),
    ):
        parser.add_argument(f"--{name}", type=int, default=value, metavar="N", help=f"{said} (default: {value})")
    parser.add_argument("--root", type=Path, default=Path(), metavar="DIR", help="the checkout (default: .)")
    asked = parser.parse_args(argv)
    require_checkout(asked.root, "checks", "baselines")
    if min(asked.rounds, asked.processes, asked.kills) < 1:
        raise BadInput(
            f"--rounds {asked.rounds} --processes {asked.processes} --kills {asked.kills}: expected 1 or more of each"
        )
    root, rows, bad = asked.root.resolve(), list[tuple[str, ...]](), False
    draw = random.Random(asked.seed)  # noqa: S311  # seeded, no secret
    with tempfile.TemporaryDirectory(prefix="soak-", ignore_cleanup_errors=True) as scratch:
        reference = undisturbed(SOAKED, Path(scratch) / "undisturbed", root)
        for number in range(1, asked.rounds + 1):
            folder = Path(scratch) / f"round-{number}"
            found = soaked(SOAKED, folder, root, asked.processes, asked.kills, draw, reference)
            bad |= bool(found.faults)
            said = "the same, none left over" if not found.faults else "; ".join(found.faults)
            rows.append((str(number), str(asked.processes), str(len(found.kills)), str(found.twice), said))
            sys.stderr.write(f"round {number}: {len(found.kills)} kills: {said}\n")
    sys.stdout.write(table(HEAD, rows))
    return int(bad)


if __name__ == "__main__":
    with one_sentence_of("python -m harness.selfcheck.soak"):
        sys.exit(main())
