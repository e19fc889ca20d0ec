"""What may be true of a variant: the truths that `power` counts a claim's verdicts on. Pure.

A *null* is a world that says nothing about the claim, because the measurement is broken, the model is, or the recovery
was none: whatever is decided there is wrong. At the *minimum* either decision is wrong; at the *paper's* figure, or at
the stated assumption where the paper has none, `reproduced` is right; where the claim is *untrue*, `contradicted` is.
Every claim says of every null what it looks like there, or why it is none.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.decide.design import BOTH, VerdictName
from harness.errors import BadInput
from harness.selfcheck.simulated.worlds import World

Kind = Literal["null", "minimum", "paper", "untrue"]

GUESSER = "a guesser"
MUTE = "a mute model"
FLOOR = "both arms at the floor"
CHANCE = "a base at chance"
USELESS = "a useless recovery"
DESTROYED = "a destroyed recovery"
LETTERS = "letter bias that changes sides"
NULLS = (GUESSER, MUTE, FLOOR, CHANCE, USELESS, DESTROYED, LETTERS)


@dataclass(frozen=True)
class Truth:
    """One thing that may be true."""

    name: str
    kind: Kind
    world: World
    source: str = ""
    """Where the figure comes from, or that it is assumed."""
    right: VerdictName | None = None
    """The decision that would be no error, where that is another than the kind's."""

    @property
    def wrong(self) -> tuple[VerdictName, ...]:
        """The decisions that are errors."""
        right = self.right or {"paper": "reproduced", "untrue": "contradicted"}.get(self.kind)
        return tuple(verdict for verdict in BOTH if verdict != right)


@dataclass(frozen=True)
class Truths:
    """All that is simulated of a claim."""

    true: tuple[Truth, ...]
    """At its minimum, at the paper's figure, and where it is untrue."""
    nulls: Mapping[str, World | str]
    """Null -> what it looks like here, or why it is none of this claim; those of NULLS, and the claim's own."""

    @property
    def none(self) -> dict[str, str]:
        """Null -> why it is none of this claim."""
        return {name: why for name, why in self.nulls.items() if isinstance(why, str)}

    def every(self) -> tuple[Truth, ...]:
        """The truths, nulls first."""
        nulls = [Truth(name, "null", world) for name, world in self.nulls.items() if not isinstance(world, str)]
        return (*nulls, *self.true)


TRUTHS: dict[str, Truths] = {}
"""Claim -> its truths."""


def state(claim: str, true: tuple[Truth, ...], nulls: Mapping[str, World | str]) -> None:
    """Make the truths of a claim known.

    Raises:
        BadInput: a null is missing, or a kind of truth is.
    """
    missing = sorted(set(NULLS) - set(nulls))
    if missing:
        raise BadInput(
            f"claim {claim}: expected for each of {', '.join(NULLS)} a world or why it is none; missing: {missing}"
        )
    if {truth.kind for truth in true} != {"minimum", "paper", "untrue"}:
        raise BadInput(f"claim {claim}: expected truths at the minimum, at the paper's figure, and one that is untrue")
    TRUTHS[claim] = Truths(true, {name: nulls[name] for name in (*NULLS, *nulls)})
