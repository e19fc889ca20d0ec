"""Items that a variant lost, of which some are still chosen and come back in draws. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from harness.decide.design import Design, Evidence
from harness.decide.seeds import SeededTask
from harness.selfcheck.simulated.setting import Setting
from harness.selfcheck.simulated.worlds import Answers, Arm, Started, Way

GROUPS = ("recognised", "lost")


@dataclass(frozen=True)
class Demoted:
    """A variant that lost some of what the base writes rightly, and chooses some of that rightly."""

    again: float
    """Share of the recognised items of which a draw is right."""
    otherwise: float
    """The same share of those that are not chosen either."""
    choice: Arm = Arm(0.6)  # noqa: RUF009  # frozen
    base: Mapping[str, Way | float] | None = None
    """As of `Answers`."""
    lost: float = 0.7
    """Share of what the base writes rightly."""
    recognised: float = 0.5
    """Share of that."""

    @property
    def _answers(self) -> Answers:
        return Answers({"choice": self.choice, **dict.fromkeys(GROUPS, Arm())}, base=self.base or {})

    def possible(self, design: Design, setting: Setting) -> bool:
        """As of the choices."""
        return self._answers.possible(design, setting)

    def start(self, rng: np.random.Generator, design: Design, setting: Setting) -> Started:
        """The base's choices and answers."""
        return self._answers.start(rng, design, setting)

    def evidence(
        self,
        rng: np.random.Generator,
        design: Design,
        setting: Setting,
        started: Started,
        kept: Mapping[str, Sequence[str]],
    ) -> Evidence:
        """The variant's choices, and whether a draw is right, of the items of each group."""
        answered = self._answers.evidence(rng, design, setting, started, kept)
        assert isinstance(answered, dict)
        gone = {task.name: rng.binomial(int(sum(task.base)), self.lost) for task in answered["lost"]}
        seen = {name: rng.binomial(count, self.recognised) for name, count in gone.items()}
        sizes = {"recognised": seen, "lost": {name: gone[name] - seen[name] for name in gone}}
        shares = dict(zip(GROUPS, (self.again, self.otherwise), strict=True))
        drawn = {
            role: [
                SeededTask(name, (1.0,) * count, (tuple((rng.random(count) < shares[role]).astype(float).tolist()),))
                for name, count in sizes[role].items()
            ]
            for role in GROUPS
        }
        return {"choice": answered["choice"], **drawn}
