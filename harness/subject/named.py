"""What `--tasks` leaves of a claim: the tasks that speak for its roles, some or none of them. Pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from harness.errors import BadInput
from harness.tasks.roles import QUESTIONS
from harness.tasks.suite import ARITHMETIC_DECIDED_BY, require_tasks
from harness.tiers import TierName

WHOLE = ("method-scoreboard",)
"""Claims that are held against stored answers to all of their tasks."""
WHY = "not named by --tasks"


@dataclass(frozen=True)
class Named:
    """The tasks of a claim, role by role."""

    claim: str
    groups: Mapping[str, tuple[str, ...]]
    """Role -> those that are asked."""
    left_out: Mapping[str, str]
    """Task of a role -> why it is not."""
    nothing_left: str | None = None
    """Why the claim cannot be asked, where a role has no task."""


def named(claim: str, tier: TierName, protocol: str, tasks: Collection[str] | None) -> Named:
    """What is left of a claim; of one of somebody's own, whose tasks are not known here, no group.

    Args:
        claim: its id.
        tier: of the run.
        protocol: of the run; it says by which task arithmetic is decided.
        tasks: of `--tasks`; None: all.
    """
    if claim not in QUESTIONS:
        return Named(claim, {}, {})
    decided = {ARITHMETIC_DECIDED_BY["sound"]: ARITHMETIC_DECIDED_BY[protocol]}
    groups = {
        role: tuple(decided.get(task, task) if claim.startswith("arithmetic") else task for task in names)
        for role, names in QUESTIONS[claim].on(tier).items()
    }
    if tasks is None or claim in WHOLE:
        return Named(claim, groups, {})
    kept = {role: tuple(task for task in names if task in tasks) for role, names in groups.items()}
    left = dict.fromkeys((task for names in groups.values() for task in names if task not in tasks), WHY)
    lacking = list(dict.fromkeys(task for role, names in groups.items() if not kept[role] for task in names))
    why = f"{claim} needs {_one_of(lacking)}, which --tasks does not name" if lacking else None
    return Named(claim, kept, left, why)


def _one_of(tasks: Sequence[str]) -> str:
    return tasks[0] if len(tasks) == 1 else f"one of {', '.join(tasks)}"


def parse_tasks(text: str) -> tuple[str, ...]:
    """The names that `--tasks` lists, behind commas.

    Raises:
        BadInput: there is none, or one that is no task.
    """
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if "" in names:
        raise BadInput(f"--tasks {text!r}: expected names of tasks with commas between them, such as gsm8k,arc_easy")
    try:
        require_tasks(names)
    except BadInput as error:
        raise BadInput(f"--tasks {text}: {error}") from error
    return names


def only_tasks(text: str | None) -> tuple[str, ...] | None:
    """What `--tasks` leaves of the tasks; None where it was not given, and leaves all.

    Raises:
        BadInput: as `parse_tasks`.
    """
    return None if text is None else parse_tasks(text)
