"""How many layers may go: cuts of growing depth, of which each is kept, broken or undecided. Pure.

A group of tasks is asked cut by cut, the smallest first. It is *kept* where the whole interval of its retention lies
at or above the share that is wanted, and where every smaller cut was kept: hypotheses in a fixed order, each asked
only if those before it were rejected, need no correction for their number (Maurer, Hothorn and Lehmacher 1995). It is
*broken* where the whole interval lies below, with the error divided by the number of cuts that are planned, and then
no deeper cut is asked. Both errors are divided by the number of groups (Bonferroni). So "at least k layers may go" and
"k layers are too many" hold of all groups together in 95 of 100 runs; `tests/decide/test_cuts.py` simulates ladders
whose truth is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from harness.decide.bootstrap import Interval
from harness.decide.resample import CONFIDENCE, RESAMPLES
from harness.decide.seeds import SeededTask, recovered_retention

Outcome = Literal["kept", "broken", "undecided"]


@dataclass(frozen=True)
class Cut:
    """What one group of tasks keeps without so many layers."""

    layers: int
    retention: Interval
    """Net of guessing, with the coverage that `kept` is judged by."""
    outcome: Outcome


@dataclass(frozen=True)
class Reach:
    """How far a group can be cut."""

    kept: int
    """Layers that may go for certain; 0 where not even one may."""
    broken: int | None
    """The fewest layers that are too many for certain; None where no cut was."""


def judged(
    layers: int,
    tasks: Sequence[SeededTask],
    keeps: float,
    smaller: Sequence[Cut],
    planned: int,
    groups: int,
    resamples: int = RESAMPLES,
) -> Cut:
    """What one group keeps without so many layers.

    Args:
        layers: how many are gone.
        tasks: of the group, base and variant on the same items.
        keeps: the share of the base's score that is wanted, in (0, 1].
        smaller: the cuts before it.
        planned: cuts that may be asked.
        groups: groups that are asked.
        resamples: of each interval.

    Raises:
        BadInput: a base is no better than guessing, or the scores do not belong together.
    """
    error = (1 - CONFIDENCE) / groups
    found = recovered_retention(tasks, 1 - error, resamples, corrected=True, null=keeps)
    if found.low >= keeps and all(cut.outcome == "kept" for cut in smaller):
        return Cut(layers, found, "kept")
    surely = recovered_retention(tasks, 1 - error / planned, resamples, corrected=True, null=keeps)
    return Cut(layers, found, "broken" if surely.high < keeps else "undecided")


def reach(cuts: Sequence[Cut]) -> Reach:
    """How far a group can be cut, from its cuts in order."""
    kept = [cut.layers for cut in cuts if cut.outcome == "kept"]
    return Reach(max(kept, default=0), next((cut.layers for cut in cuts if cut.outcome == "broken"), None))
