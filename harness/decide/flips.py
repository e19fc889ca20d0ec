"""How differently variants of one base answer, pair by pair, on the same items. Pure.

What methods choose has no items: a set of layers is there or not. What sets do has: two variants answer an item alike
or not, and items can be resampled, while texts, criteria and objectives are those that were written down and stay. So
an effect here is about these, and other items; nothing is said of other criteria.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, product
from statistics import fmean

from harness.decide.bootstrap import Interval, PairedTask
from harness.decide.design import Condition, Effect, Evidence, Level
from harness.decide.drops import mean_score, mean_score_rise
from harness.decide.seeds import SeededTask

Pairs = Sequence[tuple[int, int]]
"""Variants by their place among a task's runs."""


@dataclass(frozen=True)
class Labelled:
    """Variants with a label each, in the order of a task's runs."""

    labels: tuple[str, ...]

    @property
    def within(self) -> list[tuple[int, int]]:
        """Pairs of one label."""
        return [(a, b) for a, b in combinations(range(len(self.labels)), 2) if self.labels[a] == self.labels[b]]

    @property
    def between(self) -> list[tuple[int, int]]:
        """Pairs of two labels."""
        return [(a, b) for a, b in combinations(range(len(self.labels)), 2) if self.labels[a] != self.labels[b]]


@dataclass(frozen=True)
class Crossed:
    """Every one of some criteria on every one of some texts, the texts of the first criterion first."""

    criteria: int
    texts: int

    @property
    def by_text(self) -> list[tuple[int, int]]:
        """Pairs of one criterion and two texts."""
        return [
            (at * self.texts + one, at * self.texts + other)
            for at in range(self.criteria)
            for one, other in combinations(range(self.texts), 2)
        ]

    @property
    def by_criterion(self) -> list[tuple[int, int]]:
        """Pairs of one text and two criteria."""
        pairs = combinations(range(self.criteria), 2)
        return [
            (one * self.texts + at, other * self.texts + at) for (one, other), at in product(pairs, range(self.texts))
        ]


def apart(task: SeededTask, pairs: Pairs) -> tuple[float, ...]:
    """Return, per item, by how much two variants' scores differ, mean over the pairs, in [0, 1]."""
    return tuple(fmean(abs(scores[a] - scores[b]) for a, b in pairs) for scores in zip(*task.runs, strict=True))


def more_apart(role: str, far: Pairs, near: Pairs) -> Effect:
    """Return the effect: how differently the pairs `far` answer minus how differently the pairs `near` do."""

    def effect(evidence: Evidence, at: Level) -> Interval:
        both = [PairedTask(task.name, apart(task, far), apart(task, near), items=task.items) for task in evidence[role]]
        return mean_score_rise(both, at.confidence, at.resamples, null=at.null)

    return effect


def differ(role: str, pairs: Pairs, least: float) -> Condition:
    """Return the condition that variants answer differently at all: where they do not, nothing hangs on anything."""

    def measure(evidence: Evidence, at: Level) -> Interval:
        return mean_score([apart(task, pairs) for task in evidence[role]], at.confidence, at.resamples, null=least)

    return Condition(
        "the variants differ",
        measure,
        least,
        unless="what was chosen makes no difference that could hang on anything: two variants answer {measured} of the "
        "items differently, not clearly more than {least:g}",
        remedy="remove more layers, or fewer where nothing is left, or ask more items (--limit)",
    )


def labels_tell(role: str, labelled: Labelled, least: float) -> Condition:
    """Return the condition that no other way to label the variants, in groups of these sizes, separates them as well.

    It stands for the choice of methods, which items say nothing of: methods that are alike for another reason than
    their label form groups too, and a label that means nothing meets them by luck.
    """
    ways = [Labelled(tuple(way)) for way in _relabelled(labelled.labels)]

    def measure(evidence: Evidence, at: Level) -> Interval:
        every = [*labelled.within, *labelled.between]
        found = {pair: fmean(fmean(apart(task, [pair])) for task in evidence[role]) for pair in every}

        def separated(way: Labelled) -> float:
            return fmean(found[pair] for pair in way.between) - fmean(found[pair] for pair in way.within)

        mine = separated(labelled)
        share = fmean(separated(way) < mine - 1e-12 for way in ways)  # its own is among them and is not below itself
        return Interval(share, share, share, at.confidence, 1.0, len(ways))

    return Condition(
        "the labels tell the variants apart",
        measure,
        least,
        unless="other ways to group the same variants separate them as well: {measured} of all groupings of these "
        "sizes do so less, not more than {least:g}",
        remedy="take a model or ratio at which methods differ; as it is, they are alike for another reason than their "
        "label, or not at all",
        blocks=("reproduced",),
    )


def _relabelled(labels: Sequence[str]) -> list[list[str]]:
    """Every way to give the labels away, each grouping as often as any other."""
    if not labels:
        return [[]]
    return [
        [label, *rest]
        for label in sorted(set(labels))
        for rest in _relabelled([*labels[: labels.index(label)], *labels[labels.index(label) + 1 :]])
    ]
