"""What can be said of two fixed models, a base and a checkpoint made of it: no method, no ratio, no training."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.decide.design import Design, VerdictName
from harness.decide.designs import design_of
from harness.decide.testable import unfit
from harness.errors import BadInput
from harness.gate.decision import Decision, decide
from harness.gate.pairs import Pairing, Pairs
from harness.probe.scores import in_intact_text, with_failure, with_intact_text, with_number, with_program
from harness.subject.case import Case
from harness.subject.closing import Ended, NotTestable
from harness.subject.subject import Subject
from harness.tasks.guessing import guessing_score
from harness.tasks.outcome import TaskResult
from harness.tasks.pairs import common, paired
from harness.tasks.roles import questions_of
from harness.tasks.suite import require_items, tasks_of

if TYPE_CHECKING:
    from harness.models.load import LoadedModel
    from harness.report.record import Effect, Score

Scores = Mapping[str, TaskResult]
Rescoring = Callable[[Scores, Scores], Scores]
"""The base's results and those of a model -> the latter, scored for a role."""


@dataclass(frozen=True)
class Fixed:
    """A claim that two fixed models can be asked about."""

    title: str
    """What it says of one checkpoint; its design's own speaks of a ratio, or of every layer."""
    scored: Mapping[str, Rescoring] = field(default_factory=dict)
    """Role -> how it is scored, where not by the results' own scores."""


CLAIMS: Mapping[str, Fixed] = {
    "classification-vs-generative-gap": Fixed("Classification keeps more of its score than generation"),
    "gap-survives-controls": Fixed("In the same format, at the same depth, knowledge keeps more than reasoning"),
    "arithmetic-drop": Fixed("Single-digit arithmetic gets worse", {"answered": lambda _, found: with_number(found)}),
    "degeneration-is-not-the-cause": Fixed(
        "Reasoning is lost although the text of the answers stays intact",
        {"hit": in_intact_text, "answered": with_intact_text},
    ),
    "brackets-break": Fixed(
        "Programs are left with unbalanced brackets",
        {
            "broken": lambda _, found: with_failure(found, "unbalanced bracket", "sound"),
            "answered": lambda _, found: with_program(found),
        },
    ),
}


@dataclass(frozen=True)
class Said:
    """What came of one claim."""

    claim: str
    title: str
    verdict: VerdictName
    reason: str
    effect: "Effect | None"
    minimum: float
    scores: "tuple[Score, ...]" = ()
    """What each task came to."""


def kept(subject: Subject, other: "LoadedModel", keeps: float) -> Decision:
    """Whether a checkpoint keeps what its base can, on the tier's tasks: each, and all of them together.

    The base is asked first; what it is no better at than guessing is not asked of the checkpoint.

    Args:
        subject: the base.
        other: the checkpoint, asked in its own words.
        keeps: the least retention that counts as kept, in (0, 1].

    Raises:
        BadInput: no task of the tier has items here.
    """
    tasks = tasks_of(subject.tier)
    left_out = without_items(subject, tasks)
    if len(left_out) == len(tasks):
        raise BadInput("no task of this tier has items here; name a folder with --data (docs/data.md)")
    pairs = []
    for task in tasks:
        if task in left_out:
            continue
        try:
            base = subject.evaluate(subject.whole, [task])
            if why := unfit(base[task].scores, guessing_score(base[task])):
                left_out[task] = why
                continue
            after = subject.evaluate(other, [task])
        except BadInput as refused:  # too few of its items fit the one model or the other: the others go on
            left_out[task] = str(refused)
            continue
        first, second = common(base[task], after[task])
        (one,) = paired({task: first}, {task: second}, [task])
        longer = len(base[task].outcomes) + len(base[task].left_out) - len(one.base)
        pairs.append(Pairs(task, "score", one, "known", longer))
    return decide(Pairing(tuple(pairs), (), left_out), keeps)


def claims_of(subject: Subject, other: "LoadedModel") -> list[Said]:
    """What each claim that needs no choice of layers comes to; those of which items are missing are not testable."""
    found = []
    for claim, fixed in CLAIMS.items():
        design = replace(design_of(claim), title=fixed.title, sweep=False)
        groups = questions_of(claim).on(subject.tier)
        tasks = list(dict.fromkeys(task for role in groups.values() for task in role))
        missing = without_items(subject, tasks)
        if missing:
            why = f"no items of {', '.join(missing)} here"
            found.append(Said(claim, design.title, "not testable", why, None, design.minimum))
            continue
        try:
            end = _asked(subject, design, groups, fixed.scored, other)
        except BadInput as refused:  # too few of its items fit one of the two: the other claims go on
            found.append(Said(claim, design.title, "not testable", str(refused), None, design.minimum))
        else:
            found.append(Said(claim, design.title, end.verdict, end.reason, end.effect, design.minimum, end.scores))
    return found


def _asked(
    subject: Subject,
    design: Design,
    groups: Mapping[str, Sequence[str]],
    scored: Mapping[str, Rescoring],
    other: "LoadedModel",
) -> Ended:
    """What came of one claim."""
    ends = list[Ended]()
    case = Case(subject, design, (0,), lambda ended, _shown: ends.append(ended))

    def of_base(role: str) -> Callable[[Scores], Scores]:
        return lambda results: scored[role](results, results)

    try:
        base = case.base(groups, scored={role: of_base(role) for role in scored})
    except NotTestable:
        return ends[0]
    after = subject.evaluate(other, list(base))
    roles = {role: scored[role](base, after) if role in scored else after for role in groups}
    evidence = {role: case.scores(role, found) for role, found in roles.items()}
    case.decide(evidence, effect=design.title, results={"base": base, "pruned": after}, measurements={})
    return ends[0]


def without_items(subject: Subject, tasks: Sequence[str]) -> dict[str, str]:
    """Tasks of which there are no items here -> why."""
    found = {}
    for task in tasks:
        try:
            require_items([task], subject.source)
        except BadInput as refused:
            found[task] = str(refused)
    return found
