"""What decides a claim, as one value: the effect, the smallest that counts, and what must hold for it to say anything.

The check of a claim, its testability before anything is spent (`testable`) and the simulation of its errors
(`python -m harness power`) push their scores through the same `Design`. Pure.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from harness.decide.bootstrap import Interval
from harness.decide.resample import CONFIDENCE, RESAMPLES
from harness.decide.seeds import SeededTask
from harness.errors import BadInput

VerdictName = Literal["reproduced", "contradicted", "inconclusive", "not testable"]
Prediction = Literal["kept", "lost", "rises", "gains"]
"""What a claim says of the scores of a role: they stay, they fall to nothing, they rise (a share of failures), or they
rise although the base has an ability to lose (an accuracy)."""
Evidence = Mapping[str, Sequence[SeededTask]]
"""Role -> its tasks: base scores, and one score tuple per run of the variant that the role is about."""
DRAWS_EACH = 800  # resamples per interval: 20 lie beyond each end, and p, times the intervals, may still be .0025
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

    def __post_init__(self) -> None:
        """Refuse what could not be asked of a measurement, or would ask nothing.

        Raises:
            BadInput: a field holds something else than it says.
        """
        who = f"condition {self.name!r}"
        _require(who, "measure", self.measure, callable(self.measure), "a function (evidence, level) -> Interval")
        _require(who, "least", self.least, _is_number(self.least), "a finite number")
        known = isinstance(self.blocks, tuple) and set(self.blocks) <= set(BOTH)
        _require(who, "blocks", self.blocks, known, f"a tuple of {' and '.join(BOTH)}")
        _require(who, "remedy", self.remedy, isinstance(self.remedy, str), "a text")
        try:
            self.unless.format(measured="", least=0.0)
        except (AttributeError, KeyError, IndexError, ValueError, TypeError) as error:
            raise BadInput(
                f"{who}: unless is {self.unless!r}; expected a text whose only places are {{measured}} and {{least}}"
            ) from error


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
    optional: tuple[str, ...] = ()
    """Roles of which the evidence may lack some, where the effect is the best of them."""
    family: str = "ours"
    """Claims over which p-values are corrected together: `paper`, `ours`, `neighbours`."""
    sweep: bool = False
    """Whether the claim says "there is a layer": one evidence a removed layer, corrected for looking at all."""
    trains: bool = False
    """Whether the variant was trained, so that another seed could have come out otherwise."""
    calibrates: bool = False
    """Whether its variant is measured on calibration texts, whatever its method looks at."""
    no_worse: bool = False
    """Whether the claim is that one is no worse than the other by so much, so that nothing happening makes it true."""
    ordered: bool = False
    """Whether the effect is a rank correlation, or compares several variants with each other, which has no best case
    that a base could be asked for."""

    def __post_init__(self) -> None:
        """Refuse a design that nothing could be decided by.

        Raises:
            BadInput: a field holds something else than it says.
        """
        who = f"claim {self.claim!r}"
        named = isinstance(self.claim, str) and re.fullmatch(r"[A-Za-z0-9][\w.-]*", self.claim) is not None
        _require(who, "its name", self.claim, named, "letters, digits, '-', '_' and '.'")
        for name in ("title", "unit", "family"):
            value = getattr(self, name)
            _require(who, name, value, isinstance(value, str) and bool(value.strip()), "a text")
        _require(who, "effect", self.effect, callable(self.effect), "a function (evidence, level) -> Interval")
        _require(who, "minimum", self.minimum, _is_number(self.minimum), "a finite number")
        known = ", ".join(get_args(Prediction))
        roles = isinstance(self.roles, Mapping) and bool(self.roles)
        _require(who, "roles", self.roles, roles, f"at least one role and what is predicted of it: {known}")
        for role, said in self.roles.items():
            _require(who, f"role {role!r}", said, said in get_args(Prediction), f"one of {known}")
        conditions = isinstance(self.conditions, tuple) and all(isinstance(one, Condition) for one in self.conditions)
        _require(who, "conditions", self.conditions, conditions, "a tuple of Condition")
        seen = isinstance(self.seen, tuple) and all(isinstance(role, str) for role in self.seen)
        _require(who, "seen", self.seen, seen, "a tuple of roles")
        optional = isinstance(self.optional, tuple) and all(isinstance(role, str) for role in self.optional)
        _require(who, "optional", self.optional, optional, "a tuple of roles")

    @property
    def races(self) -> bool:
        """Whether the layers of its sweep may race, which lets those in whose removal costs most."""
        return self.sweep and "gains" not in self.roles.values()

    def level(self, looks: int = 1, resamples: int = RESAMPLES) -> Level:
        """How its intervals are made when as many of them are looked at.

        The ends of one of hundreds lie at the last draws of a bootstrap, so more are drawn; not where fewer than a
        check's were asked for.
        """
        drawn = max(resamples, DRAWS_EACH * looks) if resamples >= RESAMPLES else resamples
        return Level(1 - (1 - CONFIDENCE) / looks, drawn, self.minimum)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _require(who: str, what: str, value: Any, holds: bool, expected: str) -> None:  # noqa: ANN401, FBT001  # whatever was given
    if not holds:
        raise BadInput(f"{who}: {what} is {value!r}; expected {expected}")
