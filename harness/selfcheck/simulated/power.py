"""How often a claim is decided, and how, where the truth is known: the way of a check, without a model. Pure.

The base answers first: a slice, then all its items; both may end it. Then the variant does, and conditions and verdict
are those of the check. Every step is the check's own function of the claim's `Design`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import get_args

import numpy as np

from harness.decide.design import Design, VerdictName
from harness.decide.testable import FIRST, decidable, hopeless
from harness.decide.verdict import judge
from harness.selfcheck.simulated.setting import Setting
from harness.selfcheck.simulated.truth import Kind, Truth
from harness.selfcheck.simulated.worlds import World

RESAMPLES = 2_000  # the checks take 10,000
UNLIKELY = 0.05
ALLOWED: dict[Kind, float] = {"null": 0.05, "minimum": 0.03, "paper": 0.03, "untrue": 0.03}
"""How often either wrong decision may be made, as a share of the runs."""
VERDICTS: tuple[VerdictName, ...] = get_args(VerdictName)


@dataclass(frozen=True)
class Rates:
    """Shares of simulated runs, in [0, 1]."""

    runs: int
    reproduced: float
    contradicted: float
    inconclusive: float
    not_testable: float


def verdict_of(
    design: Design, setting: Setting, world: World, rng: np.random.Generator, resamples: int = RESAMPLES
) -> VerdictName:
    """The verdict of one simulated run."""
    started = world.start(rng, design, setting)
    first: dict[str, dict[str, tuple[tuple[float, ...], float]]] = {}
    for role, tasks in started.scores.items():
        if max(len(scores) for scores, _ in tasks.values()) > FIRST:
            first[role] = {task: (scores[:FIRST], chance) for task, (scores, chance) in tasks.items()}
            if hopeless(design, first, setting.planned, setting.layers, resamples):
                return "not testable"
    ground = decidable(design, started.scores, setting.layers, resamples)
    if not ground.open:
        return "not testable"
    return judge(design, world.evidence(rng, design, setting, started, ground.kept), resamples).verdict


def rates(
    design: Design,
    setting: Setting,
    truth: Truth,
    runs: int,
    seed: int = 0,
    resamples: int = RESAMPLES,
    tick: Callable[[], object] = lambda: None,
) -> Rates:
    """How often each verdict comes out.

    Args:
        design: of the claim.
        setting: what a run asks.
        truth: what is true.
        runs: simulated runs.
        seed: of the answers; a run's are the same whatever was simulated before.
        resamples: of each interval.
        tick: called after every run.
    """
    found = dict.fromkeys(VERDICTS, 0)
    for run in range(runs):
        rng = np.random.default_rng([seed, run, *truth.name.encode()])
        found[verdict_of(design, setting, truth.world, rng, resamples)] += 1
        tick()
    return Rates(runs, *(found[verdict] / runs for verdict in VERDICTS))


def errors(truth: Truth, found: Rates) -> list[VerdictName]:
    """The wrong decisions that are made too often: so many are due once in 20 times where no more than ALLOWED are."""
    from scipy.stats import binom

    counts = {verdict: round(getattr(found, verdict) * found.runs) for verdict in truth.wrong}
    return [v for v, count in counts.items() if binom.sf(count - 1, found.runs, ALLOWED[truth.kind]) < UNLIKELY]
