"""Several variants of one base that answer more or less alike, for claims about what methods choose. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.decide.design import Design, Evidence
from harness.decide.flips import Crossed, Labelled
from harness.decide.seeds import SeededTask
from harness.selfcheck.simulated.setting import Setting
from harness.selfcheck.simulated.worlds import Started, once_answered, scored

Table = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Variants:
    """Variants whose answers go together as latent scores with these correlations do."""

    alike: Table
    """Correlation of any two variants' latent scores."""
    right: float = 0.5
    """Share that each answers rightly."""
    base: float | None = None
    """Share that the base gets right; None: as in the setting."""
    shuffled: bool = False
    """Whether variants change places in every run, so that their labels mean nothing."""

    def possible(self, design: Design, setting: Setting) -> bool:  # noqa: ARG002  # the interface of a world
        """Always."""
        return True

    def start(self, rng: np.random.Generator, design: Design, setting: Setting) -> Started:
        """The base's answers."""
        return once_answered(rng, design, setting, self.base)

    def evidence(
        self,
        rng: np.random.Generator,
        design: Design,
        setting: Setting,
        started: Started,
        kept: Mapping[str, Sequence[str]],
    ) -> Evidence:
        """One run a variant."""
        from scipy.special import ndtri

        values, vectors = np.linalg.eigh(np.array(self.alike))
        root = vectors * np.sqrt(np.maximum(values, 0))
        order = rng.permutation(len(root)) if self.shuffled else np.arange(len(root))
        evidence = dict[str, list[SeededTask]]()
        for role in design.roles:
            evidence[role] = []
            for asked in (asked for asked in setting.roles[role] if asked.task in kept[role]):
                latent = rng.normal(size=(asked.items, len(root))) @ root.T
                runs = tuple(scored(column < ndtri(self.right)) for column in latent.T[order])
                base, chance = started.scores[role][asked.task]
                evidence[role].append(SeededTask(asked.task, base, runs, chance))
        return evidence


def correlation(differently: float) -> float:
    """Of two latent scores of which each has half of the items right, where so many are answered differently."""
    return float(np.cos(np.pi * differently))


def grouped(labelled: Labelled, within: float, between: float) -> Table:
    """Correlations where variants of one label, and those of two, answer so many items differently."""
    return _table(len(labelled.labels), {tuple(pair): correlation(within) for pair in labelled.within}, between)


def crossed(grid: Crossed, by_text: float, by_criterion: float) -> Table:
    """Correlations where two texts, and two criteria, make so many answers different; both together add up."""
    text, criterion = 1 - correlation(by_text), 1 - correlation(by_criterion)
    pairs = dict.fromkeys(grid.by_text, 1 - text) | dict.fromkeys(grid.by_criterion, 1 - criterion)
    size = grid.criteria * grid.texts
    return tuple(
        tuple(1.0 if a == b else pairs.get((min(a, b), max(a, b)), 1 - text - criterion) for b in range(size))
        for a in range(size)
    )


def _table(size: int, pairs: Mapping[tuple[int, ...], float], otherwise: float) -> Table:
    other = correlation(otherwise)
    return tuple(
        tuple(1.0 if a == b else pairs.get((min(a, b), max(a, b)), other) for b in range(size)) for a in range(size)
    )
