"""The ten claims on simulated answers whose truth is known: how often does `decide` err, how often does it see? Pure.

Every `simulate` function draws right/wrong answers and passes them to the functions that the check of its claim calls.
An item has a difficulty that all variants share: its latent scores correlate by AGREEMENT between any two variants, so
a variant without any loss still answers some items differently. Training seeds differ by a shift of retention, normal
with SEED_SPREAD, common to the tasks of a group. Both figures are assumptions, not measurements.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.decide.bootstrap import Interval, PairedTask, retention_gap, retention_interval, score_drop
from harness.decide.drops import clearest, mean_score_drop, mean_score_rise
from harness.decide.multiplicity import bonferroni_confidence
from harness.decide.seeds import SeededTask, recovered_gap, recovery_difference, remaining_loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

AGREEMENT = 0.8  # correlation of an item's latent scores under two variants
SEED_SPREAD = 0.03  # of retention, standard deviation between training seeds
SEEDS = 3
SPOILED = 0.02  # share of programs that the base leaves with unbalanced brackets


@dataclass(frozen=True)
class Size:
    """How many items a run has, and how many of them the base gets right: (items, accuracy) of each task."""

    classification: tuple[tuple[int, float], ...]
    generative: tuple[tuple[int, float], ...]
    robust: tuple[tuple[int, float], ...]
    """Of the sweep over single layers, as `reasoning` and `code`."""
    reasoning: tuple[tuple[int, float], ...]
    code: tuple[tuple[int, float], ...]
    arithmetic: tuple[int, float]
    knowledge: tuple[tuple[int, float], ...]
    """Asked as free generation, against `worked`."""
    worked: tuple[tuple[int, float], ...]
    layers: int


@dataclass(frozen=True)
class World:
    """What is true: the means that the effect is made of."""

    first: float
    second: float = 1.0
    alone: bool = False
    """Of a sweep: true of one layer, while removing any other changes nothing. False: true of every layer."""


Simulate = Callable[[np.random.Generator, Size, World, int], Interval]


def gap(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Claim 1: retention `first` of classification, `second` of generation."""
    spared, hit = (
        paired_answers(rng, size.classification, world.first),
        paired_answers(rng, size.generative, world.second),
    )
    return retention_gap(spared, hit, resamples=resamples)


def layer_gap(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Claim 2: retention `first` of robust tasks, `second` of reasoning, without one layer."""

    def one(truth: World, confidence: float) -> Interval:
        spared, hit = paired_answers(rng, size.robust, truth.first), paired_answers(rng, size.reasoning, truth.second)
        return retention_gap(spared, hit, confidence, resamples)

    return _sweep(one, world, World(1.0), size.layers)


def arithmetic(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Claim 3: accuracy falls by `first`."""
    (task,) = paired_answers(rng, (size.arithmetic,), 1 - world.first / size.arithmetic[1])
    return score_drop(task, resamples=resamples)


def layer_loss(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Claim 4: accuracy of reasoning falls by `first` in intact text, without one layer."""

    def one(truth: World, confidence: float) -> Interval:
        pairs = [paired_answers(rng, (task,), 1 - truth.first / task[1])[0] for task in size.reasoning]
        return mean_score_drop(pairs, confidence, resamples)

    return _sweep(one, world, World(0.0), size.layers)


def layer_rise(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Claim 5: the share of unbalanced programs rises by `first`, without one layer."""

    def one(truth: World, confidence: float) -> Interval:
        before = tuple((n, SPOILED) for n, _ in size.code)
        return mean_score_rise(paired_answers(rng, before, 1 + truth.first / SPOILED), confidence, resamples)

    return _sweep(one, world, World(0.0), size.layers)


def recovered_apart(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Claim 6: generative retention `first` after one recovery, `second` after the other."""
    base, difficulty = base_answers(rng, size.generative)
    first = recovered_answers(rng, size.generative, world.first, base, difficulty)
    second = recovered_answers(rng, size.generative, world.second, base, difficulty)
    return recovery_difference(first, second, resamples=resamples)


def ceiling(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Claim 7: retention `first` of classification, `second` of generation, both after recovery."""
    spared = recovered_answers(rng, size.classification, world.first, *base_answers(rng, size.classification))
    hit = recovered_answers(rng, size.generative, world.second, *base_answers(rng, size.generative))
    return recovered_gap(spared, hit, resamples=resamples)


def viable(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Claim 8: generative retention `first`."""
    return retention_interval(paired_answers(rng, size.generative, world.first), resamples=resamples)


def still_lost(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Claim 9: reasoning retention 1 - `first` after recovery."""
    return remaining_loss(
        recovered_answers(rng, size.worked, 1 - world.first, *base_answers(rng, size.worked)), resamples=resamples
    )


def controlled_gap(rng: np.random.Generator, size: Size, world: World, resamples: int) -> Interval:
    """Claim 10: retention `first` of knowledge, `second` of reasoning, both generated."""
    spared, hit = paired_answers(rng, size.knowledge, world.first), paired_answers(rng, size.worked, world.second)
    return retention_gap(spared, hit, resamples=resamples, corrected=True)


def _sweep(one: Callable[[World, float], Interval], world: World, nothing: World, layers: int) -> Interval:
    """As the checks do: every layer at a corrected coverage, then the clearest."""
    confidence = bonferroni_confidence(0.95, layers)
    intervals = [one(nothing if world.alone and layer else world, confidence) for layer in range(layers)]
    return intervals[clearest(intervals)].corrected_for(layers)


def answers(rng: np.random.Generator, difficulty: "NDArray[np.float64]", accuracy: float) -> tuple[float, ...]:
    """Right or wrong on items of some difficulties; `accuracy` of all possible items are right."""
    from scipy.special import ndtri

    noise = rng.normal(size=len(difficulty))
    latent = np.sqrt(AGREEMENT) * difficulty + np.sqrt(1 - AGREEMENT) * noise
    return tuple((latent < ndtri(np.clip(accuracy, 0, 1))).astype(float).tolist())


def base_answers(
    rng: np.random.Generator, tasks: Sequence[tuple[int, float]]
) -> tuple[list[tuple[float, ...]], list["NDArray[np.float64]"]]:
    """The base's answers to each task, and the difficulties of its items."""
    difficulty = [rng.normal(size=n) for n, _ in tasks]
    return [answers(rng, items, right) for items, (_, right) in zip(difficulty, tasks, strict=True)], difficulty


def paired_answers(rng: np.random.Generator, tasks: Sequence[tuple[int, float]], kept: float) -> list[PairedTask]:
    """A base, and a variant with a share `kept` of its accuracy, on the same items."""
    base, difficulty = base_answers(rng, tasks)
    pruned = [answers(rng, items, right * kept) for items, (_, right) in zip(difficulty, tasks, strict=True)]
    return [PairedTask(str(place), *pair) for place, pair in enumerate(zip(pruned, base, strict=True))]


def recovered_answers(
    rng: np.random.Generator,
    tasks: Sequence[tuple[int, float]],
    kept: float,
    base: Sequence[tuple[float, ...]],
    difficulty: Sequence["NDArray[np.float64]"],
) -> list[SeededTask]:
    """Variants of a base after SEEDS recoveries that keep `kept` of its accuracy on the mean."""
    shifts = rng.normal(0, SEED_SPREAD, SEEDS)
    runs = [
        tuple(answers(rng, items, right * (kept + shift)) for shift in shifts)
        for items, (_, right) in zip(difficulty, tasks, strict=True)
    ]
    return [SeededTask(str(place), *scores) for place, scores in enumerate(zip(base, runs, strict=True))]
