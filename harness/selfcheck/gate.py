"""How often `harness gate` errs where the truth is known: `python -m harness.selfcheck.gate` prints its page's table.

A world draws right and wrong answers of a base and of a new model with a given true retention; the two share part of
their luck with each item. Of each world it is said which verdicts would be wrong.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from harness import markdown
from harness.decide.bootstrap import PairedTask
from harness.gate.decision import Verdict, decide
from harness.gate.pairs import Pairing, Pairs

RUNS = 1_000
SUITES = (1, 6)
"""Numbers of tasks, all of one world."""
RESAMPLES = 2_000
VERDICTS: tuple[Verdict, ...] = ("kept", "undecided", "broken", "not comparable")


@dataclass(frozen=True)
class World:
    """A truth."""

    base: float
    """True accuracy of the base."""
    keeps: float
    """True retention."""
    agreement: float
    """Share of the items on which the new model has the base's luck."""
    n: int
    """Items per task."""
    wrong: tuple[Verdict, ...]
    """Verdicts that are errors, at a margin of 0.95."""
    chance: float = 0.0


BOTH: tuple[Verdict, ...] = ("kept", "broken")
WORLDS = {
    "exactly the margin": World(0.6, 0.95, 0.8, 400, BOTH),
    "exactly the margin, few items": World(0.6, 0.95, 0.8, 60, BOTH),
    "exactly the margin, net of guessing": World(0.6, 0.95, 0.8, 400, BOTH, 0.25),
    "the same model, sampled anew": World(0.6, 1.0, 0.0, 300, ("broken",)),
    "the same model, almost the same answers": World(0.6, 1.0, 0.95, 100, ("broken",)),
    "a coin in both": World(0.25, 1.0, 0.0, 200, BOTH, 0.25),
    "a mute base": World(0.0, 1.0, 0.0, 200, BOTH),
    "the margin, just above its floor": World(0.36, 0.95, 0.5, 300, BOTH, 0.25),
    "half is lost": World(0.6, 0.5, 0.5, 200, ("kept",)),
}


def simulated(world: World, tasks: int, runs: int, seed: int, resamples: int = RESAMPLES) -> Counter[Verdict]:
    """How often each verdict came out.

    Args:
        world: the truth of every task.
        tasks: of a run.
        runs: that are drawn.
        seed: of the answers.
        resamples: of each interval.
    """
    generator = np.random.default_rng(seed)
    seen = Counter[Verdict]()
    for _ in range(runs):
        pairs = tuple(_drawn(world, generator, f"t{place}") for place in range(tasks))
        seen[decide(Pairing(pairs, (), {}), 0.95, resamples=resamples, advise=False).verdict] += 1
    return seen


def _drawn(world: World, generator: np.random.Generator, name: str) -> Pairs:
    luck = generator.random(world.n)
    own = np.where(generator.random(world.n) < world.agreement, luck, generator.random(world.n))
    new = world.chance + world.keeps * (world.base - world.chance)
    base, after = (tuple((drawn < rate).astype(float)) for drawn, rate in ((luck, world.base), (own, new)))
    return Pairs(name, "acc", PairedTask(name, after, base, world.chance), "known")


def rows(runs: int = RUNS, seed: int = 5) -> Iterator[tuple[str, ...]]:
    """The page's table, a world and a number of tasks a row; wrong verdicts are in bold."""
    for name, world in WORLDS.items():
        for tasks in SUITES:
            seen = simulated(world, tasks, runs, seed)
            shares = (f"{seen[verdict] / runs:.1%}" for verdict in VERDICTS)
            cells = (f"**{share}**" if verdict in world.wrong else share
                     for share, verdict in zip(shares, VERDICTS, strict=True))  # fmt: skip
            yield (name, str(tasks), *cells)


if __name__ == "__main__":
    sys.stdout.write(markdown.table(("truth", "tasks", *VERDICTS), rows()))
