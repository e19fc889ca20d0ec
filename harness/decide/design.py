"""What decides a claim, as one value: the effect, the smallest that counts, and what must hold for it to say anything.

The check of a claim, its testability before anything is spent (`testable`) and the simulation of its errors
(`python -m harness power`) push their scores through the same `Design`. Pure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from harness.decide.bootstrap import Interval
from harness.decide.resample import CONFIDENCE, RESAMPLES
from harness.decide.seeds import SeededTask

VerdictName = Literal["reproduced", "contradicted", "inconclusive", "not testable"]
Prediction = Literal["kept", "lost", "rises"]
"""What a claim says of the scores of a role: they stay, they fall to nothing, or they rise (a share of failures)."""
Evidence = Mapping[str, Sequence[SeededTask]]
"""Role -> its tasks: base scores, and one score tuple per run of the variant that the role is about."""
BOTH: tuple[VerdictName, ...] = ("reproduced", "contradicted")


@dataclass(frozen=True)
class Level:
    """How an interval is made."""

    confidence: float = CONFIDENCE
    resamples: int = RESAMPLES
    null: float = 0.0
    """The effect that the p-value is about."""


Effect = Callable[[Evidence, Level], Interval]


@dataclass(frozen=True)
class Condition:
    """What must be seen in the measured scores before a verdict may be given."""

    name: str
    measure: Effect
    least: float
    """The whole interval of `measure` must lie above."""
    unless: str
    """What is said where it does not, with `{measured}` for the interval and `{least}`."""
    remedy: str
    """What would make the claim testable."""
    blocks: tuple[VerdictName, ...] = BOTH
    """Verdicts that are not given without it."""


@dataclass(frozen=True)
class Design:
    """What decides a claim."""

    claim: str
    """Id of the claim, stable between releases."""
    title: str
    """The claim in one sentence."""
    effect: Effect
    minimum: float
    """Smallest effect that counts as the claim being true; effects are signed so that it predicts a large one."""
    unit: str
    roles: Mapping[str, Prediction]
    """What the effect is made of, and what the claim predicts of each."""
    conditions: tuple[Condition, ...] = ()
    seen: tuple[str, ...] = ()
    """Further roles, which only conditions look at."""
    family: str = "ours"
    """Claims over which p-values are corrected together: `paper`, `ours`, `neighbours`."""
    sweep: bool = False
    """Whether the claim says "there is a layer": one evidence a removed layer, corrected for looking at all."""
    trains: bool = False
    """Whether the variant was trained, so that another seed could have come out otherwise."""
    no_worse: bool = False
    """Whether the claim is that one is no worse than the other by so much, so that nothing happening makes it true."""
    ordered: bool = False
    """Whether the effect is a rank correlation, which has no best case that a base could be asked for."""

    def level(self, looks: int = 1, resamples: int = RESAMPLES) -> Level:
        """How its intervals are made when as many of them are looked at."""
        return Level(1 - (1 - CONFIDENCE) / looks, resamples, self.minimum)
