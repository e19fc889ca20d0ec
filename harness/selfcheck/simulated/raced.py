"""A race of layers (`decide.race`) where the truth is known, by the check's own steps. Pure.

That the likelihood of the base's answers lets the layer of the truth enter is assumed: layers enter by their number.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from harness.decide.design import Design, Evidence, VerdictName
from harness.decide.race import CHOOSING, ROUNDS, entrants, informs, leaders, of_race
from harness.decide.testable import decidable
from harness.decide.verdict import judge
from harness.selfcheck.simulated.setting import Setting
from harness.selfcheck.simulated.worlds import Started, World, items_of

Cut = Callable[[tuple[float, ...]], tuple[float, ...]]
"""Of a task's scores, those that are looked at."""


def _share(start: float, stop: float) -> Cut:
    return lambda scores: scores[math.floor(start * len(scores)) : math.floor(stop * len(scores))]


@dataclass(frozen=True)
class Raced:
    """What came of a race."""

    verdict: VerdictName
    shown: VerdictName
    """What the chosen layer's interval says on the items that decide, before it is a race's."""
    answers: float
    """Asked of all layers together, in answers of one variant to all items."""


def raced(
    design: Design, setting: Setting, world: World, started: Started, rng: np.random.Generator, resamples: int
) -> tuple[VerdictName, int]:
    """The verdict, and how many items per task were asked of the mean layer."""
    found = race_of(design, setting, started, lambda: every_layer(design, setting, world, started, rng), resamples)
    return found.verdict, round(found.answers * max(setting.planned.values()) / setting.layers)


def every_layer(
    design: Design, setting: Setting, world: World, started: Started, rng: np.random.Generator
) -> list[Evidence]:
    """What is answered without each layer, to all items of all tasks."""
    answered = world.evidence(rng, design, setting, started, {role: tuple(of) for role, of in started.scores.items()})
    assert isinstance(answered, list)
    return answered


def race_of(
    design: Design, setting: Setting, started: Started, answered: Callable[[], list[Evidence]], resamples: int
) -> Raced:
    """Race the layers of a sweep.

    Args:
        design: of the claim.
        setting: what a run asks.
        started: what the base answered.
        answered: what the variants answer, one evidence per layer; asked where the base leaves anything to decide.
        resamples: of each interval.
    """
    most = max(setting.planned.values())
    scores = {
        role: {task: (_share(CHOOSING, 1)(own), chance) for task, (own, chance) in of.items()}
        for role, of in started.scores.items()
    }
    ground = decidable(design, scores, 1, resamples, remedy=False)
    if not ground.open:
        return Raced("not testable", "not testable", 0.0)
    evidence = answered()
    layers, asked = entrants({layer: float(-layer) for layer in range(setting.layers)}, {}), dict[int, float]()
    for share, count in ROUNDS:
        if len(layers) <= count:
            continue
        seen = {layer: part_of(design, evidence[layer], ground.kept, _share(0, share)) for layer in layers}
        base = {role: [(task.base, task.chance) for task in tasks] for role, tasks in seen[layers[0]].items()}
        if informs(design, base):
            asked |= dict.fromkeys(layers, share)
            layers = leaders(design, seen, count)
        elif count == 1:
            layers = layers[:1]
    (chosen,) = layers
    judged = judge(design, [part_of(design, evidence[chosen], ground.kept, _share(CHOOSING, 1))], resamples)
    answers = sum(asked.values()) + 1 - math.floor(CHOOSING * most) / most
    return Raced(of_race(judged, chosen, setting.layers).verdict, judged.verdict, answers)


def part_of(design: Design, evidence: Evidence, kept: Mapping[str, Sequence[str]], cut: Cut) -> Evidence:
    """A part of the items of the tasks that are kept, in every role."""
    return {
        role: [
            replace(task, base=cut(task.base), runs=tuple(cut(run) for run in task.runs))
            for task in tasks
            if task.name in kept[items_of(design, role)]
        ]
        for role, tasks in evidence.items()
    }
