"""Worlds of a sweep whose layers are taken together: the mean over the first half of them and over the second. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from harness.decide.design import Design, Evidence
from harness.decide.seeds import SeededTask
from harness.selfcheck.simulated.setting import Asked, Setting
from harness.selfcheck.simulated.worlds import Items, Started, items_name, once_answered, right_answers, scored


@dataclass(frozen=True)
class Halves:
    """Shares of the base's score that are kept without a layer of the one half and of the other, on average."""

    first: float
    second: float
    uneven: float = 0.0
    """How far the layers of a half lie from its mean at most, in equal steps."""
    base: float | None = None
    """Share that the base gets right; None: as in the setting."""

    def possible(self, design: Design, setting: Setting) -> bool:  # noqa: ARG002  # the interface of a world
        """Always."""
        return True

    def start(self, rng: np.random.Generator, design: Design, setting: Setting) -> Started:
        """The base answers once, whichever role its answers are used in."""
        return once_answered(rng, design, setting, self.base)

    def evidence(
        self,
        rng: np.random.Generator,
        design: Design,
        setting: Setting,
        started: Started,
        kept: Mapping[str, Sequence[str]],
    ) -> Evidence:
        """The mean of each item's scores over the layers of a half, as its check has it."""
        layers, evidence = max(1, setting.layers // 2), dict[str, list[SeededTask]]()
        for role in design.roles:
            mean = self.first if role == "first" else self.second
            shares = np.clip(np.linspace(mean - self.uneven, mean + self.uneven, layers), 0, 1)
            evidence[role] = []
            for asked in (asked for asked in setting.roles[role] if asked.task in kept[role]):
                each = [scored(self._right(rng, started.items, asked, float(share))) for share in shares]
                after = tuple(fmean(scores) for scores in zip(*each, strict=True))
                evidence[role].append(
                    SeededTask(asked.task, started.scores[role][asked.task][0], (after,), asked.chance)
                )
        return evidence

    def _right(
        self, rng: np.random.Generator, items: Mapping[str, Items], asked: Asked, share: float
    ) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
        base = asked.base if self.base is None else self.base
        accuracy = asked.chance + share * (base - asked.chance)
        return right_answers(rng, items[items_name(asked)], asked, "knows", accuracy)
