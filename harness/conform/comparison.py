"""A method against the references, paired over items. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.conform.measured import Measured
from harness.decide.aside import aside
from harness.decide.bootstrap import Interval
from harness.decide.conditions import RUIN, neither_ruined
from harness.decide.design import BOTH, Design, Evidence, VerdictName
from harness.decide.designs import design_of
from harness.decide.multiplicity import holm
from harness.decide.seeds import SeededTask, recovered_retention, recovery_difference
from harness.decide.verdict import conditions, failing

if TYPE_CHECKING:
    from harness.tasks.outcome import TaskResult


@dataclass(frozen=True)
class Comparison:
    """The method's retention minus a reference's, on the same items."""

    reference: str
    recovered: bool
    difference: Interval
    adjusted_p: float
    """Holm over all comparisons of the run."""
    verdict: str
    """`better`, `worse` or `undecided`, after Holm at 5 %; `not testable` where both keep nothing, or where the
    recovery of the one that lost may have ruined it."""


ALPHA = 0.05
BEFORE = ("before first", "before second")


def compare(
    base: "Mapping[str, TaskResult]", method: Measured, references: Sequence[Measured], tasks: Sequence[str]
) -> list[Comparison]:
    """Every reference, before and, where both were recovered, after recovery; as the claim's design has it.

    Of two recoveries it is asked as well that neither was ruined to the other's advantage, as of claim 6.
    """
    design = design_of("method-scoreboard")
    trained = replace(design, conditions=(*design.conditions, *neither_ruined(*BEFORE)), seen=BEFORE)
    pairs = [
        (other, recovered)
        for recovered in (False, True)
        for other in references
        if not recovered or (method.after and other.after)
    ]
    evidence = [_evidence(base, method, other, tasks, recovered=recovered) for other, recovered in pairs]
    intervals = [design.effect(each, design.level()) for each in evidence]
    adjusted = holm([interval.p_value for interval in intervals])
    return [
        Comparison(other.method, recovered, interval, p, _verdict(interval, p, trained if recovered else design, each))
        for (other, recovered), interval, p, each in zip(pairs, intervals, adjusted, evidence, strict=True)
    ]


def _evidence(
    base: "Mapping[str, TaskResult]", method: Measured, other: Measured, tasks: Sequence[str], *, recovered: bool
) -> Evidence:
    """Both sides; after recovery also what each of the runs that were recovered kept before it."""
    sides = dict(zip(("first", "second"), (method, other), strict=True))
    asked = {role: side.seeded(base, tasks, recovered=recovered) for role, side in sides.items()}
    before = {f"before {role}": _before(base, side, tasks) for role, side in sides.items()} if recovered else {}
    return asked | before


def _before(base: "Mapping[str, TaskResult]", measured: Measured, tasks: Sequence[str]) -> list[SeededTask]:
    """What the runs kept that were recovered: the first of several draws."""
    runs = len(next(iter(measured.after.values())))
    return [replace(task, runs=task.runs[:runs]) for task in measured.seeded(base, tasks, recovered=False)]


def _verdict(difference: Interval, p: float, design: Design, evidence: Evidence) -> str:
    found: VerdictName | None = None if p > ALPHA else "reproduced" if difference.estimate > 0 else "contradicted"
    unmet = [condition.blocks for condition, _ in failing(conditions(design, evidence, design.level()))]
    if BOTH in unmet or any(found in blocks for blocks in unmet):
        return "not testable"
    return "undecided" if found is None else "better" if found == "reproduced" else "worse"


def ruined(base: "Mapping[str, TaskResult]", measured: Measured, tasks: Sequence[str]) -> bool:
    """Whether a recovery may have taken from its model as much as counts as an effect, or more (`not_ruined`)."""
    after = measured.seeded(base, tasks, recovered=True)
    gain = aside(recovery_difference, after, _before(base, measured, tasks))
    return isinstance(gain, Interval) and not gain.low > -RUIN


def kept(
    base: "Mapping[str, TaskResult]", measured: Measured, tasks: Sequence[str], *, recovered: bool = False
) -> Interval | None:
    """Retention of some tasks; None where the model was not recovered, or the base scores nothing."""
    if recovered and not measured.after:
        return None
    found = aside(recovered_retention, measured.seeded(base, tasks, recovered=recovered))
    return found if isinstance(found, Interval) else None
