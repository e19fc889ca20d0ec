"""How often a claim is decided, and how, where the truth is known: the way of a check, without a model. Pure.

The base answers first: a slice, then all its items; both may end it. Then the variant does, and conditions and verdict
are those of the check. Every step is the check's own function of the claim's `Design`.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from operator import itemgetter
from statistics import fmean
from typing import get_args

import numpy as np

from harness.decide.design import Design, VerdictName
from harness.decide.looks import looks_at, settled
from harness.decide.testable import FIRST, decidable, hopeless
from harness.decide.verdict import judge
from harness.selfcheck.simulated.raced import part_of, raced
from harness.selfcheck.simulated.setting import Setting
from harness.selfcheck.simulated.truth import Kind, Truth
from harness.selfcheck.simulated.worlds import Started, World

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
    mean_items: float
    """Per task, that were asked before a verdict."""


@dataclass(frozen=True)
class Found:
    """What came of one simulated run."""

    verdict: VerdictName
    items: int
    """Per task, that were asked."""


def found_in(
    design: Design, setting: Setting, world: World, rng: np.random.Generator, resamples: int = RESAMPLES
) -> Found:
    """The verdict of one simulated run."""
    started = world.start(rng, design, setting)
    if setting.race and design.races:
        return Found(*raced(design, setting, world, started, rng, resamples))
    if setting.looks and not design.ordered:
        return _looked(design, setting, world, started, rng, resamples)
    return Found(_at_once(design, setting, world, started, rng, resamples), max(setting.planned.values()))


def _looked(
    design: Design, setting: Setting, world: World, started: Started, rng: np.random.Generator, resamples: int
) -> Found:
    """Looked at on few items, and on more until it is decided."""
    looks = looks_at(max(setting.planned.values()))
    intervals = _intervals(design, setting) * len(looks)
    every = {role: tuple(of) for role, of in started.scores.items()}
    answered = world.evidence(rng, design, setting, started, every)
    layers = answered if isinstance(answered, list) else [answered]
    found: VerdictName = "not testable"
    for items in looks:
        scores = {
            role: {task: (scores[:items], chance) for task, (scores, chance) in of.items()}
            for role, of in started.scores.items()
        }
        if hopeless(design, scores, setting.planned, intervals, resamples):
            return Found("not testable", items)
        ground = decidable(design, scores, intervals, resamples, remedy=False)
        if ground.open:
            seen = [part_of(design, evidence, ground.kept, itemgetter(slice(items))) for evidence in layers]
            judged = judge(design, seen if design.sweep else seen[0], resamples, len(looks))
            found = judged.verdict
            if settled(design, judged):
                return Found(found, items)
    return Found(found if ground.open else "not testable", looks[-1])


def _at_once(
    design: Design, setting: Setting, world: World, started: Started, rng: np.random.Generator, resamples: int
) -> VerdictName:
    """Looked at once, on all items; the base on a few first."""
    first: dict[str, dict[str, tuple[tuple[float, ...], float]]] = {}
    for role, tasks in started.scores.items():
        if max(len(scores) for scores, _ in tasks.values()) > FIRST:
            first[role] = {task: (scores[:FIRST], chance) for task, (scores, chance) in tasks.items()}
            if hopeless(design, first, setting.planned, _intervals(design, setting), resamples):
                return "not testable"
    ground = decidable(design, started.scores, _intervals(design, setting), resamples, remedy=False)
    if not ground.open:
        return "not testable"
    return judge(design, world.evidence(rng, design, setting, started, ground.kept), resamples).verdict


def _intervals(design: Design, setting: Setting) -> int:
    """How many are looked at, as `Asking.intervals`."""
    return setting.layers if design.sweep else 1


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
    found = list[Found]()
    for run in range(runs):
        rng = np.random.default_rng([seed, run, *truth.name.encode()])
        found.append(found_in(design, setting, truth.world, rng, resamples))
        tick()
    counts = Counter(one.verdict for one in found)
    shares = {verdict.replace(" ", "_"): counts[verdict] / runs for verdict in VERDICTS}
    return Rates(runs, **shares, mean_items=fmean(one.items for one in found))


def errors(truth: Truth, found: Rates) -> list[VerdictName]:
    """The wrong decisions that are made too often: so many are due once in 20 times where no more than ALLOWED are."""
    from scipy.stats import binom

    counts = {verdict: round(getattr(found, verdict) * found.runs) for verdict in truth.wrong}
    return [v for v, count in counts.items() if binom.sf(count - 1, found.runs, ALLOWED[truth.kind]) < UNLIKELY]
