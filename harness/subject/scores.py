"""The block of scores of a decided case: what the base and a variant score, and what is kept, task by task."""

from collections.abc import Iterator, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING

from harness.decide.bootstrap import Interval
from harness.decide.seeds import SeededTask, recovered_retention
from harness.errors import BadInput
from harness.report.record import Kept, Score
from harness.tasks.guessing import guessing_score
from harness.tasks.pairs import seeded
from harness.tasks.roles import group_of

if TYPE_CHECKING:
    from harness.decide.design import Design, Evidence
    from harness.report.items import Results
    from harness.tasks.outcome import TaskResult
    from harness.tiers import TierName


def scores_of(
    design: "Design",
    tier: "TierName",
    evidence: "Evidence",
    results: "Results",
    variants: Sequence[str],
    left_out: Mapping[str, str],
) -> tuple[Score, ...]:
    """The tasks that the verdict rests on, role by role, then those that were only measured.

    Args:
        design: of the claim.
        tier: of the run.
        evidence: that decided; of a sweep, the deciding layer's.
        results: variant -> task -> result, the base first.
        variants: those whose further tasks are worth a row.
        left_out: task -> why it is in no role.
    """
    base, found = next(iter(results.values())), list[Score]()
    if not design.ordered:  # whose roles hold layers
        for role in (*design.roles, *design.seen):
            rises = design.roles.get(role) == "rises"  # of failures: there is nothing to keep
            found += [
                _row(task, role, _group(task.name, tier, base), kept=not rises) for task in evidence.get(role, ())
            ]
    decided = {score.task for score in found}
    rest = [task for task in base if task not in decided]
    for name in variants:
        found += _beside(name, tier, base, results[name], rest, left_out)
    shown = {score.task for score in found}
    return (*found, *of_base({task: base[task] for task in rest if task not in shown}, tier, left_out))


def of_base(base: "Mapping[str, TaskResult]", tier: "TierName", left_out: Mapping[str, str]) -> tuple[Score, ...]:
    """Rows of what nothing but the base was asked, or nothing else can be held against."""
    return tuple(
        Score(
            name,
            _group(name, tier, base),
            "",
            len(result.outcomes),
            guessing_score(result),
            result.mean,
            left_out=left_out.get(name, ""),
        )
        for name, result in base.items()
        if result.outcomes
    )


def _beside(
    variant: str,
    tier: "TierName",
    base: "Mapping[str, TaskResult]",
    found: "Mapping[str, TaskResult]",
    tasks: Sequence[str],
    left_out: Mapping[str, str],
) -> Iterator[Score]:
    """Rows of tasks that decide nothing, of one variant."""
    for name in tasks:
        try:
            (task,) = seeded(base, [found], [name])
        except (BadInput, KeyError):  # it was asked other items, or not this task
            continue
        yield _row(task, variant, _group(name, tier, base), kept=True, decides=False, left_out=left_out.get(name, ""))


def _row(task: SeededTask, role: str, group: str, *, kept: bool, decides: bool = True, left_out: str = "") -> Score:
    after = fmean(fmean(run) for run in task.runs)
    interval = _retention(task) if kept and not left_out else None
    return Score(
        task.name,
        group,
        role,
        len(task.base),
        task.chance,
        fmean(task.base),
        after,
        Kept(interval.estimate, interval.low, interval.high, interval.confidence) if interval else None,
        left_out,
        decides,
    )


def _retention(task: SeededTask) -> Interval | None:
    """What is kept net of guessing; None of a base that has nothing above it."""
    try:
        return recovered_retention([task], corrected=True)
    except BadInput:
        return None


def _group(name: str, tier: "TierName", base: "Mapping[str, TaskResult]") -> str:
    return group_of(name, tier) or (base[name].kind if name in base else "")
