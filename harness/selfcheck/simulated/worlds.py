"""Answers of a base and of its variants whose truth is known: what `power` puts in place of a model. Pure.

An item has a difficulty that all variants share: latent scores correlate by AGREEMENT between any two of them, so a
variant without any loss still answers some items differently. Who guesses shares nothing: an answer is a letter, drawn
or always the same, against the right letter of the item. Summaries are drawn as right or wrong with the same mean,
which errs towards wide intervals. AGREEMENT and NAMED are assumptions, not measurements.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from harness.decide.design import Design, Evidence
from harness.decide.seeds import SeededTask
from harness.decide.testable import Scores
from harness.selfcheck.simulated.setting import Asked, Setting

if TYPE_CHECKING:
    from numpy.typing import NDArray

AGREEMENT = 0.8  # correlation of an item's latent scores under two variants
NAMED = 0.98  # share of the base's answers that are in the form asked for
RARELY = 0.02  # share of open answers that a base "at chance" gets right

Way = Literal["knows", "guesses", "mute", "one letter", "another letter"]
"""How questions are answered: by what is known of the item; by a letter drawn at random (of open answers: never
right); not at all (where options are compared, one wins all the same); always by the first option; by the second."""


@dataclass(frozen=True)
class Arm:
    """What is true of a variant's answers in one role."""

    keeps: float = 1.0
    """Share of the base's score, net of guessing."""
    rises: float = 0.0
    """What its score is above that."""
    way: Way = "knows"
    trained: bool = False
    """One run a training seed."""
    alike: bool = False
    """Whether all its trainings come to the same: of a recovery that does nothing."""


@dataclass(frozen=True)
class Items:
    """What a question is, to base and variant alike."""

    difficulty: "NDArray[np.float64]"
    place: "NDArray[np.float64]"
    """Where among its options the right one is, in [0, 1)."""

    def gold(self, options: int) -> "NDArray[np.int64]":
        """Index of the right option."""
        return (self.place * options).astype(int)


@dataclass(frozen=True)
class Started:
    """What is known when the base has answered."""

    scores: Scores
    items: Mapping[str, Items]


class World(Protocol):
    """A truth about a base and its variants, in answers."""

    def possible(self, design: Design, setting: Setting) -> bool:
        """Whether such answers can be given to these tasks."""
        ...

    def start(self, rng: np.random.Generator, design: Design, setting: Setting) -> Started:
        """The base's answers to the roles that the effect is made of."""
        ...

    def evidence(
        self,
        rng: np.random.Generator,
        design: Design,
        setting: Setting,
        started: Started,
        kept: Mapping[str, Sequence[str]],
    ) -> Evidence | list[Evidence]:
        """The variants' answers to the tasks that are kept, a role each; of a sweep, one evidence a layer."""
        ...


FORM = "answered"
"""The role whose scores say whether an answer is in the form asked for."""


@dataclass(frozen=True)
class Answers:
    """A world in which each role keeps so much, or is answered in such a way."""

    arms: Mapping[str, Arm]
    """By role, those that only conditions look at included."""
    elsewhere: Mapping[str, Arm] | None = None
    """Of a sweep: without any other layer than the first; None: all layers alike."""
    base: Mapping[str, Way | float] = field(default_factory=dict)
    """Of a role: how the base answers, or the share that it gets right; else it knows, as in the setting."""

    def possible(self, design: Design, setting: Setting) -> bool:
        """Not where letters are to be chosen and no task has any."""
        ways = {arm.way for arm in self.arms.values()} | set(self.base.values())
        lettered = any(asked.options for role in design.roles for asked in setting.roles[role])
        return lettered or not ways & {"one letter", "another letter"}

    def start(self, rng: np.random.Generator, design: Design, setting: Setting) -> Started:
        """The base's answers; two roles with a task of one name have the same."""
        items: dict[str, Items] = {}
        answered: dict[tuple[bool, str], tuple[tuple[float, ...], float]] = {}
        scores = dict[str, dict[str, tuple[tuple[float, ...], float]]]()
        for role in (*design.roles, *(FORM,) * (FORM in design.seen)):
            how = self.base.get(items_of(design, role), "knows")
            for asked in self._asked(design, setting, role):
                same = items.setdefault(items_name(asked), drawn_items(rng, asked))
                way: Way = how if isinstance(how, str) and asked.options else "knows"
                if (role == FORM, asked.task) not in answered:
                    right = right_answers(rng, same, asked, way, asked.base)
                    answered[role == FORM, asked.task] = scored(right), asked.chance
                scores.setdefault(role, {})[asked.task] = answered[role == FORM, asked.task]
        return Started(scores, items)

    def evidence(
        self,
        rng: np.random.Generator,
        design: Design,
        setting: Setting,
        started: Started,
        kept: Mapping[str, Sequence[str]],
    ) -> Evidence | list[Evidence]:
        """One evidence, or one per layer."""
        if not design.sweep:
            return self._one(rng, design, setting, started, kept, self.arms)
        others = self.arms if self.elsewhere is None else self.elsewhere
        every = [self.arms if layer == 0 else others for layer in range(setting.layers)]
        return [self._one(rng, design, setting, started, kept, arms) for arms in every]

    def _one(
        self,
        rng: np.random.Generator,
        design: Design,
        setting: Setting,
        started: Started,
        kept: Mapping[str, Sequence[str]],
        arms: Mapping[str, Arm],
    ) -> Evidence:
        # what is looked at earlier is the same training: its seeds have the same luck
        luck = {role: rng.normal(0.0, setting.spread, setting.seeds) for role in design.roles}
        evidence = dict[str, list[SeededTask]]()
        for role in (*design.roles, *design.seen):
            arm, like = arms[role], items_of(design, role)
            shifts = luck[like] * (not arm.alike) if arm.trained else np.zeros(1)
            before = started.scores.get(role, started.scores[like])
            evidence[role] = [
                varied(rng, asked, started.items[items_name(asked)], before[asked.task][0], arm, shifts)
                for asked in self._asked(design, setting, role)
                if asked.task in kept[like]
            ]
        return evidence

    def _asked(self, design: Design, setting: Setting, role: str) -> list[Asked]:
        """The tasks of a role as the base of this world answers them."""
        like = items_of(design, role)
        how = self.base.get(like)
        if role == FORM:
            return [Asked(asked.task, asked.items, NAMED, same=asked.same) for asked in setting.roles[like]]
        if isinstance(how, float):
            return [replace(asked, base=how) for asked in setting.roles[like]]
        known = how in (None, "knows")
        return [asked if known or asked.options else replace(asked, base=RARELY) for asked in setting.roles[like]]


def items_of(design: Design, role: str) -> str:
    """The role whose items a further role is asked: the one at the end of its name, else the one that may fall."""
    if role in design.roles:
        return role
    named = [known for known in design.roles if role.endswith(f" {known}")]
    fallen = [known for known, prediction in design.roles.items() if prediction != "kept"]
    return (named or fallen or list(design.roles))[0]


def items_name(asked: Asked) -> str:
    """What the items of a task are called: the same for two forms of as many of them."""
    return f"{asked.same or asked.task}, {asked.items}"


def drawn_items(rng: np.random.Generator, asked: Asked) -> Items:
    """Items of a task."""
    return Items(rng.normal(size=asked.items), rng.random(asked.items))


def right_answers(
    rng: np.random.Generator, items: Items, asked: Asked, way: Way, accuracy: float
) -> "NDArray[np.bool_]":
    """Which items are answered rightly; `accuracy` of all possible ones where something is known."""
    from scipy.special import ndtri

    if way == "knows":
        latent = np.sqrt(AGREEMENT) * items.difficulty + np.sqrt(1 - AGREEMENT) * rng.normal(size=asked.items)
        return np.asarray(latent < ndtri(np.clip(accuracy, 0, 1)))
    if not asked.options or (way == "mute" and asked.written):
        return np.zeros(asked.items, dtype=bool)
    if way in ("guesses", "mute"):
        return np.asarray(rng.integers(asked.options, size=asked.items) == items.gold(asked.options))
    return np.asarray(items.gold(asked.options) == (0 if way == "one letter" else 1))


def once_answered(rng: np.random.Generator, design: Design, setting: Setting, base: float | None) -> Started:
    """The base answers each task once, whichever role its answers are used in.

    `base` is the share that it gets right; None: as in the setting.
    """
    items = {items_name(asked): drawn_items(rng, asked) for asked in setting.asked}
    before = {}
    for asked in setting.asked:
        accuracy = asked.base if base is None else base
        right = right_answers(rng, items[items_name(asked)], asked, "knows", accuracy)
        before[asked.task] = scored(right), asked.chance
    scores = {role: {asked.task: before[asked.task] for asked in setting.roles[role]} for role in design.roles}
    return Started(scores, items)


def varied(
    rng: np.random.Generator,
    asked: Asked,
    items: Items,
    before: tuple[float, ...],
    arm: Arm,
    shifts: "NDArray[np.float64]",
) -> SeededTask:
    """A variant's scores beside the base's, a run for each shift of what it keeps."""
    accuracies = asked.chance + (arm.keeps + shifts) * (asked.base - asked.chance) + arm.rises
    runs = tuple(scored(right_answers(rng, items, asked, arm.way, accuracy)) for accuracy in accuracies)
    guessing = (0.0 if arm.way == "mute" else asked.chance,) * len(runs) if asked.written else ()
    return SeededTask(asked.task, before, runs, asked.chance, guessing, items_name(asked))


def scored(right: "NDArray[np.bool_]") -> tuple[float, ...]:
    """Right as 1, wrong as 0."""
    return tuple(right.astype(float).tolist())
