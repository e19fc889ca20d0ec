"""Worlds of the two claims that compare no scores: layers in an order, and what a vote gains. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.decide.design import Design, Evidence
from harness.decide.effects import said_of_layers
from harness.decide.seeds import SeededTask
from harness.selfcheck.simulated.setting import Asked, Setting
from harness.selfcheck.simulated.worlds import Items, Started, drawn_items, items_name, right_answers, scored

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEAR = 0.02  # how far from the wanted correlation that of many layers which are drawn may be
SAMPLES = 8  # drawn answers per item
SPREAD = 2.0  # a + b of the Beta distribution of an item's chance to be answered right


def evenly(layers: int) -> "NDArray[np.float64]":
    """Shares of the score lost without each layer, from little to nearly all in equal steps: an easy case."""
    return np.linspace(0.05, 0.95, layers)


def mostly_little(layers: int) -> "NDArray[np.float64]":
    """The same as in Fig. 1 of the paper, of Qwen2.5-7B on GSM8K: half of the layers lose less than a tenth."""
    return np.asarray(0.02 + 0.8 * np.linspace(0, 1, layers) ** 4)


def everything(layers: int) -> "NDArray[np.float64]":
    """The same where no layer can be spared: nothing that an order could be made of."""
    return np.ones(layers)


def alike(layers: int) -> "NDArray[np.float64]":
    """The same where every layer costs as much as any other: an order of them would be luck."""
    return np.full(layers, 0.3)


@dataclass(frozen=True)
class Agreement:
    """What the layers are worth in two states of a model, as shares of the score; their ranks correlate so far.

    A role that only the effect and the conditions look at has no items of its own: it is what a criterion says of each
    layer, without any luck.
    """

    correlation: float
    losses: Callable[[int], "NDArray[np.float64]"] = evenly
    """Shares lost, increasing, of so many layers."""
    others: Callable[[int], "NDArray[np.float64]"] | None = None
    """The same of the other state, where it is another."""
    above: bool = False
    """Whether the correlation of the layers that are drawn is as much or a little more; else a little less."""
    base: float | None = None
    """Share of what guessing leaves that both states get right; None: as in the setting."""

    def possible(self, design: Design, setting: Setting) -> bool:  # noqa: ARG002  # the interface of a world
        """Always."""
        return True

    def start(self, rng: np.random.Generator, design: Design, setting: Setting) -> Started:
        """Both states answer the same items."""
        every = [asked for tasks in setting.roles.values() for asked in tasks]
        items = {items_name(asked): drawn_items(rng, asked) for asked in every}
        scores = {
            role: {
                asked.task: (
                    scored(right_answers(rng, items[items_name(asked)], asked, "knows", self._base(asked))),
                    asked.chance,
                )
                for asked in setting.roles[role]
            }
            for role in design.roles
        }
        return Started(scores, items)

    def evidence(
        self,
        rng: np.random.Generator,
        design: Design,
        setting: Setting,
        started: Started,
        kept: Mapping[str, Sequence[str]],
    ) -> Evidence:
        """One task per layer: the scores of all items with it and without it."""
        orders = self._orders(rng, setting.layers)
        left_out = {t.task for role, of in kept.items() for t in setting.roles[role] if t.task not in of}
        evidence = dict[str, list[SeededTask]]()
        for role, losses in zip((*design.roles, *design.seen), orders, strict=True):
            if role in design.seen:
                evidence[role] = said_of_layers(losses.tolist(), len(next(iter(evidence.values()))[0].base))
                continue
            tasks = [task for task in setting.roles[role] if task.task not in left_out]
            before = tuple(score for task in tasks for score in started.scores[role][task.task][0])
            evidence[role] = [
                SeededTask(f"without {layer}", before, (self._without(rng, tasks, started.items, lost),))
                for layer, lost in enumerate(losses)
            ]
        return evidence

    def _base(self, asked: Asked) -> float:
        return asked.base if self.base is None else asked.chance + self.base * (1 - asked.chance)

    def _without(
        self, rng: np.random.Generator, tasks: Sequence[Asked], items: Mapping[str, Items], lost: float
    ) -> tuple[float, ...]:
        rights = [
            right_answers(rng, items[items_name(t)], t, "knows", t.chance + (1 - lost) * (self._base(t) - t.chance))
            for t in tasks
        ]
        return tuple(score for right in rights for score in scored(right))

    def _orders(self, rng: np.random.Generator, layers: int) -> tuple["NDArray[np.float64]", "NDArray[np.float64]"]:
        losses, others = self.losses(layers), (self.others or self.losses)(layers)
        near = max(NEAR, 12 / (layers**3 - layers))  # few layers have few orders
        away = (0.0, near) if self.above else (-near, 0.0)
        # Pearson's correlation of normals with this rank correlation
        latent = 2 * np.sin(np.pi * self.correlation / 6)
        while True:
            one = rng.normal(size=layers)
            other = latent * one + np.sqrt(max(0.0, 1 - latent**2)) * rng.normal(size=layers)
            first, second = one.argsort().argsort(), other.argsort().argsort()
            if away[0] <= np.corrcoef(first, second)[0, 1] - self.correlation <= away[1]:
                return losses[first], others[second]


def gained(accuracy: float) -> float:
    """What a vote gains on average where one answer is right so often, in points."""
    from scipy.stats import betabinom

    if not 0 < accuracy < 1:
        return 0.0
    return float(betabinom.sf(1, SAMPLES, SPREAD * accuracy, SPREAD * (1 - accuracy)) - accuracy)


@dataclass(frozen=True)
class Votes:
    """Several drawn answers per item: one of them is right so often before, and so often after.

    Wrong answers never agree, so a vote is right when two answers are, which errs towards large gains.
    """

    keeps: float
    """Share of the accuracy of one drawn answer that is kept."""
    base: float | None = None
    """Accuracy of one before; None: as in the setting."""
    shrinks: bool = False
    """Whether a vote is to gain less after: who was always right gains more by it when that is lost."""

    def possible(self, design: Design, setting: Setting) -> bool:  # noqa: ARG002  # the interface of a world
        """Not where a gain that is to shrink would grow."""
        bases = [asked.base if self.base is None else self.base for asked in setting.asked]
        return not self.shrinks or all(gained(base) > gained(self.keeps * base) for base in bases)

    def start(self, rng: np.random.Generator, design: Design, setting: Setting) -> Started:
        """Mean scores of the drawn answers; items have nothing else in common."""
        return Started({role: {asked.task: (self._means(rng, asked, 1.0), 0.0) for asked in setting.roles[role]}
                        for role in design.roles}, {})  # fmt: skip

    def evidence(
        self,
        rng: np.random.Generator,
        design: Design,
        setting: Setting,
        started: Started,
        kept: Mapping[str, Sequence[str]],
    ) -> Evidence:
        """Means as the base's scores, votes as the run's; before, and after in the role that conditions look at."""
        (role,) = design.roles
        tasks = [asked for asked in setting.roles[role] if asked.task in kept[role]]
        before = {asked.task: started.scores[role][asked.task][0] for asked in tasks}
        after = {asked.task: self._means(rng, asked, self.keeps) for asked in tasks}
        return {
            name: [SeededTask(task, means, (tuple(float(mean * SAMPLES > 1) for mean in means),))
                   for task, means in drawn.items()]
            for name, drawn in zip((role, *design.seen), (before, after), strict=True)
        }  # fmt: skip

    def _means(self, rng: np.random.Generator, asked: Asked, kept: float) -> tuple[float, ...]:
        accuracy = kept * (asked.base if self.base is None else self.base)
        if not 0 < accuracy < 1:
            return (float(accuracy >= 1),) * asked.items
        chances = rng.beta(SPREAD * accuracy, SPREAD * (1 - accuracy), asked.items)
        return tuple((rng.binomial(SAMPLES, chances) / SAMPLES).tolist())
