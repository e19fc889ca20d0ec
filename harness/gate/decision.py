"""Whether the new model keeps what the base could: each task, all of them together, and one verdict. Pure.

Retention is (new - c) / (base - c) of mean scores, c being what guessing scores; `all` is the plain mean over tasks.
`broken` is any task, or all, whose retention lies below the margin after Holm's correction over all these questions;
`kept` is decided by one question only, the retention of all, and needs no correction. So either error has at most half
of 1 - `CONFIDENCE`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from harness.decide.bootstrap import Interval, PairedTask, group_effect, paired_bootstrap
from harness.decide.design import VerdictName
from harness.decide.multiplicity import holm
from harness.decide.resample import CONFIDENCE, RESAMPLES
from harness.decide.testable import unfit
from harness.decide.verdict import decide as against
from harness.decide.verdict import shown
from harness.gate.enough import enough
from harness.gate.pairs import Pairing, Pairs, listed

Verdict = Literal["kept", "broken", "undecided", "not comparable"]
RowVerdict = Verdict | Literal["left out"]
ALL = "all"
_CALLED: dict[VerdictName, Verdict] = {"reproduced": "kept", "contradicted": "broken", "inconclusive": "undecided"}
_FINEST = 400  # resamples a question: the least p-value is 2 / resamples, and Holm multiplies it by the questions


@dataclass(frozen=True)
class Row:
    """A task, or all of them together."""

    name: str
    verdict: RowVerdict
    """`not comparable`: the two were asked otherwise; `left out`: it says nothing, whatever came out."""
    n: int = 0
    base: float = 0.0
    """Mean score, in [0, 1]."""
    new: float = 0.0
    retention: Interval | None = None
    """With its p-value for a retention of exactly the margin; None where nothing can be said."""
    p_adjusted: float | None = None
    lost: int = 0
    """Items that score less than the base's."""
    gained: int = 0
    metric: str = ""
    chance: float | None = None
    """Expected score of guessing; None where it is not known, and 0 was taken."""
    why: str = ""
    """Why it is not comparable, or left out."""
    needed: int | None = None
    """Items that would decide the whole with 80 % power at the same scores; None of single tasks, where it is decided,
    or where no number would."""


@dataclass(frozen=True)
class Decision:
    """The gate's answer."""

    verdict: Verdict
    sentence: str
    keeps: float
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()


def decide(
    pairing: Pairing, keeps: float, *, every: bool = False, resamples: int = RESAMPLES, advise: bool = True
) -> Decision:
    """Decide whether the new model keeps at least `keeps` of what the base scores above guessing.

    Args:
        pairing: of the two logs.
        keeps: the least retention that counts as kept, in (0, 1].
        every: `kept` only where every single task is.
        resamples: random weightings of the items.
        advise: say how many items would decide what is undecided, which takes longer than deciding.
    """
    apart = [one for one in pairing.tasks if one.problems or one.paired is None]
    alike = [(one, one.paired) for one in pairing.tasks if not one.problems and one.paired is not None]
    floors = {one.task: why for one, paired in alike if (why := unfit(paired.base, paired.chance))}
    testable = [(one, paired) for one, paired in alike if one.task not in floors]
    resamples = max(resamples, _FINEST * (len(testable) + 1))
    rows = [_of(row_of(one.task, [paired], keeps, resamples), one) for one, paired in testable]
    if len(testable) > 1:
        rows.append(row_of(ALL, [paired for _, paired in testable], keeps, resamples))
    rows = _judged(rows, keeps)
    if advise and rows and rows[-1].verdict == "undecided":
        rows[-1] = replace(rows[-1], needed=enough([paired for _, paired in testable], keeps, len(rows)))
    others = [Row(one.task, "not comparable", metric=one.metric, why="; ".join(one.problems)) for one in apart]
    others += [replace(_of(_counted(one.task, [paired]), one), why=floors[one.task])
               for one, paired in alike if one.task in floors]  # fmt: skip
    others += [Row(task, "left out", why=why) for task, why in pairing.left_out.items()]
    problems = [*pairing.problems, *(f"{one.task}: {'; '.join(one.problems)}" for one in apart)]
    verdict, sentence = _concluded(rows, others, problems, keeps, every=every)
    return Decision(verdict, sentence, keeps, (*rows, *others), (*pairing.notes, *_said(alike)))


def row_of(name: str, tasks: Sequence[PairedTask], keeps: float, resamples: int) -> Row:
    """What was measured of one task or of several together; its verdict waits for all questions."""
    found = paired_bootstrap(tasks, group_effect(tasks, corrected=True), CONFIDENCE, resamples, null=keeps)
    return replace(_counted(name, tasks), retention=found)


def _counted(name: str, tasks: Sequence[PairedTask]) -> Row:
    pairs = [(after, before) for task in tasks for after, before in zip(task.pruned, task.base, strict=True)]
    return Row(
        name,
        "left out",
        len(pairs),
        sum(sum(task.base) / len(task.base) for task in tasks) / len(tasks),
        sum(sum(task.pruned) / len(task.pruned) for task in tasks) / len(tasks),
        lost=sum(after < before for after, before in pairs),
        gained=sum(after > before for after, before in pairs),
    )


def _of(row: Row, one: Pairs) -> Row:
    """A task's row with what it was measured by."""
    chance = one.paired.chance if one.paired is not None and one.guessing != "unknown" else None
    return replace(row, metric=one.metric, chance=chance)


def _judged(rows: Sequence[Row], keeps: float) -> list[Row]:
    """Every row with its verdict, corrected for asking all of them; `all`, or the only task, may be kept without."""
    measured = [(row, row.retention) for row in rows if row.retention is not None]
    adjusted = holm([found.p_value for _, found in measured])
    judged = list[Row]()
    for place, ((row, found), p) in enumerate(zip(measured, adjusted, strict=True)):
        verdict = verdict_of(found, keeps)
        sure = p <= 1 - CONFIDENCE or (verdict == "kept" and place == len(measured) - 1)
        judged.append(replace(row, verdict=verdict if sure else "undecided", p_adjusted=p))
    return judged


def verdict_of(found: Interval, keeps: float) -> Verdict:
    """The verdict on one retention, were no other question asked."""
    return _CALLED[against(found.low, found.high, keeps)]


def _concluded(
    rows: Sequence[Row], others: Sequence[Row], problems: Sequence[str], keeps: float, *, every: bool
) -> tuple[Verdict, str]:
    """The verdict over all rows that decide, and a sentence."""
    if problems:
        return "not comparable", f"{'; '.join(problems)} (--task decides on the others)"
    if not rows:
        whys = "; ".join(f"{row.name}: {row.why}" for row in others)
        return "not comparable", f"no task is left that says anything ({whys})"
    whole = rows[-1]
    assert whole.retention is not None
    seen = f"{shown(whole.retention, keeps)} of what the base scores above guessing"
    seen += f", over {len(rows) - 1} tasks" if len(rows) > 1 else ""
    broken = [row.name for row in rows if row.verdict == "broken"]
    if broken:
        where = [name for name in broken if name != whole.name]
        on = f" on {', '.join(where)}" if where else ""
        corrected = f" (corrected for {len(rows)} questions)" if len(rows) > 1 else ""
        return "broken", f"less than {keeps:g} is kept{on}{corrected}; in all {seen}"
    unsure = [row for row in rows[:-1] if row.retention is not None and row.retention.low <= keeps]
    if whole.verdict == "kept" and not (every and unsure):
        lone = f"; by themselves {len(unsure)} of the tasks decide nothing" if unsure else ""
        return "kept", f"more than {keeps:g} is kept: {seen}{lone}"
    if whole.verdict == "kept":
        return "undecided", f"kept in all, {seen}, but not for certain on {', '.join(row.name for row in unsure)}"
    number = "no number of items would at these scores"
    number = number if whole.needed is None else f"about {_rough(whole.needed):,} items would"
    why = f"is neither above nor below {keeps:g} for certain"
    if verdict_of(whole.retention, keeps) == "broken":
        why = f"lies below {keeps:g}, but not for certain among {len(rows)} questions"
    return "undecided", f"{seen} {why}; {number}"


def _said(alike: Sequence[tuple[Pairs, PairedTask]]) -> list[str]:
    """What a reader should know of the pairs."""
    said = dict[str, list[str]]()
    for one, paired in alike:
        if one.guessing == "unknown":
            said.setdefault("guessing is taken to score 0, not being known (--chance TASK=SHARE)", []).append(one.task)
        if one.guessing == "commonest":
            what = "guessing is taken to be the commonest target (--chance TASK=SHARE)"
            said.setdefault(what, []).append(f"{paired.chance:.3f} on {one.task}")
        if one.trusted:
            what = f"{' and '.join(one.trusted)} are taken on trust, since the results do not say them"
            said.setdefault(what, []).append(one.task)
        if one.unpaired:
            said.setdefault("could not be paired, and were left out", []).append(f"{one.unpaired} items of {one.task}")
    same = bool(alike) and all(paired.base == paired.pruned for _, paired in alike)
    return [
        *(f"{what}: {listed(names)}" for what, names in said.items()),
        *(["every item scores the same in both: is it the same run?"] if same else []),
    ]


def _rough(count: int) -> int:
    """A number of items to two digits: it is no more exact."""
    return round(count, 2 - len(str(count)))
