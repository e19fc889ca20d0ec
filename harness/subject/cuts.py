"""A base cut deeper and deeper by one method, until nothing that it could do is left."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.decide.cuts import Cut, judged
from harness.decide.testable import unfit
from harness.errors import BadInput
from harness.prune.plan import LayerPlan
from harness.score.cost import ModelCost, sizes
from harness.subject.pair import without_items
from harness.subject.subject import Subject
from harness.tasks.guessing import guessing_score
from harness.tasks.outcome import TaskResult
from harness.tasks.pairs import seeded
from harness.tasks.roles import groups_of
from harness.tasks.suite import ARITHMETIC_DECIDED_BY

AHEAD = 4
"""Cuts that write their answers together: more would be faster, were it not for those behind the last that matters."""


@dataclass(frozen=True)
class Depth:
    """What is left without so many layers."""

    layers: int
    plan: LayerPlan
    cuts: Mapping[str, Cut]
    """By group, of those that a smaller cut had not broken."""
    cost: ModelCost


@dataclass(frozen=True)
class Asked:
    """What of a base can be followed."""

    base: Mapping[str, TaskResult]
    groups: Mapping[str, tuple[str, ...]]
    """Group -> its tasks that say something of this base."""
    left_out: Mapping[str, str]
    """Task -> why it says nothing."""


def ask_base(subject: Subject) -> Asked:
    """Ask the unpruned model every group.

    Raises:
        BadInput: none of them says anything of it.
    """
    wanted = groups_of(subject.tier) | {"arithmetic": (ARITHMETIC_DECIDED_BY["sound"],)}
    tasks = list(dict.fromkeys(task for group in wanted.values() for task in group))
    left_out = without_items(subject, tasks)
    base = subject.evaluate(subject.whole, [task for task in tasks if task not in left_out])
    left_out |= {task: why for task, result in base.items() if (why := unfit(result.scores, guessing_score(result)))}
    groups = {name: tuple(task for task in group if task not in left_out) for name, group in wanted.items()}
    if not any(groups.values()):
        why = "; ".join(f"{task}: {said}" for task, said in left_out.items())
        raise BadInput(f"nothing can be followed as layers go ({why}); ask more items, or take another model")
    return Asked(base, {name: group for name, group in groups.items() if group}, left_out)


def depths(
    subject: Subject, asked: Asked, method: str, keeps: float, most: int, *, recover: bool = False
) -> Iterator[Depth]:
    """Without 1, 2, ... `most` layers, until every group is broken.

    Args:
        subject: the base.
        asked: as `ask_base` asked it.
        method: which layers go.
        keeps: the share of the base's score that is wanted, in (0, 1].
        most: the deepest cut.
        recover: whether every variant is trained again by the tier's recovery (one seed) before it is asked.

    Raises:
        BadInput: the method refuses.
    """
    tasks = list(dict.fromkeys(task for group in asked.groups.values() for task in group))
    found: dict[str, list[Cut]] = {name: [] for name in asked.groups}
    plans = [subject.plan_without(method, layers) for layers in range(1, most + 1)]
    written = subject.questions.written(tasks)
    if not recover:
        subject.ask_together(plans, [task for task in tasks if task not in written])
    for layers, plan in enumerate(plans, 1):
        still = [name for name, cuts in found.items() if not cuts or cuts[-1].outcome != "broken"]
        if not still:
            return
        wanted = list(dict.fromkeys(task for name in still for task in asked.groups[name]))
        if not recover and (layers - 1) % AHEAD == 0:
            subject.ask_together(plans[layers - 1 :][:AHEAD], [task for task in wanted if task in written])
        after = subject.evaluate(subject.recoveries.standard(plan) if recover else plan, wanted)
        for name in still:
            scores = seeded(asked.base, [after], asked.groups[name])
            found[name].append(judged(layers, scores, keeps, found[name], most, len(found)))
        cost = sizes({"variant": subject.variants.scorer(plan).model})["variant"]
        yield Depth(layers, plan, {name: found[name][-1] for name in still}, cost)


def cuts_by_group(rows: Sequence[Depth]) -> dict[str, list[Cut]]:
    """Group -> its cuts in order."""
    names = dict.fromkeys(name for row in rows for name in row.cuts)
    return {name: [row.cuts[name] for row in rows if name in row.cuts] for name in names}
