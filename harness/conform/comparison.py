"""A method against the references, paired over items. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.conform.measured import Measured
from harness.decide.aside import aside
from harness.decide.bootstrap import Interval
from harness.decide.designs import design_of
from harness.decide.multiplicity import holm
from harness.decide.seeds import recovered_retention
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
    """`better`, `worse` or `undecided`, after Holm at 5 %; `not testable` where both keep nothing."""


ALPHA = 0.05


def compare(
    base: "Mapping[str, TaskResult]", method: Measured, references: Sequence[Measured], tasks: Sequence[str]
) -> list[Comparison]:
    """Every reference, before and, where both were recovered, after recovery; as the claim's design has it."""
    design = design_of("method-scoreboard")
    pairs = [
        (other, recovered)
        for recovered in (False, True)
        for other in references
        if not recovered or (method.after and other.after)
    ]
    evidence = [
        {
            "first": method.seeded(base, tasks, recovered=recovered),
            "second": other.seeded(base, tasks, recovered=recovered),
        }
        for other, recovered in pairs
    ]
    intervals = [design.effect(each, design.level()) for each in evidence]
    adjusted = holm([interval.p_value for interval in intervals])
    blind = [bool(failing(conditions(design, each, design.level()))) for each in evidence]
    return [
        Comparison(other.method, recovered, interval, p, "not testable" if unseen else _verdict(interval, p))
        for (other, recovered), interval, p, unseen in zip(pairs, intervals, adjusted, blind, strict=True)
    ]


def _verdict(difference: Interval, p: float) -> str:
    if p > ALPHA:
        return "undecided"
    return "better" if difference.estimate > 0 else "worse"


def kept(
    base: "Mapping[str, TaskResult]", measured: Measured, tasks: Sequence[str], *, recovered: bool = False
) -> Interval | None:
    """Retention of some tasks; None where the model was not recovered, or the base scores nothing."""
    if recovered and not measured.after:
        return None
    found = aside(recovered_retention, measured.seeded(base, tasks, recovered=recovered))
    return found if isinstance(found, Interval) else None
