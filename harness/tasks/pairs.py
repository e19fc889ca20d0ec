"""Results of two variants on the same items, paired for the statistics. Pure."""

import hashlib
from collections.abc import Mapping, Sequence

from harness.decide.bootstrap import PairedTask
from harness.decide.seeds import SeededTask
from harness.errors import BadInput
from harness.tasks.guessing import guessing_score
from harness.tasks.outcome import TaskResult
from harness.tasks.part import on_items


def paired(base: Mapping[str, TaskResult], pruned: Mapping[str, TaskResult], tasks: Sequence[str]) -> list[PairedTask]:
    """One PairedTask a task.

    Raises:
        BadInput: the two variants answered different items.
    """
    pairs = []
    for task in tasks:
        before, after = common(base[task], pruned[task])
        if [o.item_id for o in before.outcomes] != [o.item_id for o in after.outcomes]:
            raise BadInput(f"{task}: the two variants answered different items, so they cannot be paired")
        pairs.append(PairedTask(task, after.scores, before.scores, before.chance, items=names_of(before)))
    return pairs


def seeded(
    base: Mapping[str, TaskResult], runs: Sequence[Mapping[str, TaskResult]], tasks: Sequence[str]
) -> list[SeededTask]:
    """One SeededTask a task: the base's scores, and those of every run on the same items; guessing measured on each.

    Raises:
        BadInput: a run answered different items than the base.
    """
    pairs = []
    for task in tasks:
        before, *after = common(base[task], *(run[task] for run in runs))
        scores = tuple(paired({task: before}, {task: result}, [task])[0].pruned for result in after)
        chances = tuple(guessing_score(result) for result in after)
        pairs.append(SeededTask(task, before.scores, scores, guessing_score(before), chances, names_of(before)))
    return pairs


def names_of(result: TaskResult) -> str:
    """12 hexadecimal digits of the items' names: equal for two forms of a benchmark that ask the same items."""
    names = "\n".join(outcome.item_id for outcome in result.outcomes)
    return hashlib.sha256(names.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def common(*results: TaskResult) -> list[TaskResult]:
    """Results of one task without the items that any of them left out.

    Variants of one model leave out the same; a checkpoint with a tokenizer of its own may leave out others.
    """
    missing = {item for result in results for item in result.left_out}
    if not missing:
        return list(results)
    return [on_items(result, {outcome.item_id for outcome in result.outcomes} - missing) for result in results]
