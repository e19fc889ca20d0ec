"""Results of two variants on the same items, paired for the statistics. Pure."""

from collections.abc import Mapping, Sequence

from harness.decide.bootstrap import PairedTask
from harness.decide.seeds import SeededTask
from harness.errors import BadInput
from harness.tasks.outcome import TaskResult


def paired(base: Mapping[str, TaskResult], pruned: Mapping[str, TaskResult], tasks: Sequence[str]) -> list[PairedTask]:
    """One PairedTask a task.

    Raises:
        BadInput: the two variants answered different items.
    """
    pairs = []
    for task in tasks:
        before, after = base[task], pruned[task]
        if [o.item_id for o in before.outcomes] != [o.item_id for o in after.outcomes]:
            raise BadInput(f"{task}: the two variants answered different items, so they cannot be paired")
        pairs.append(PairedTask(task, after.scores, before.scores, before.chance))
    return pairs


def seeded(
    base: Mapping[str, TaskResult], runs: Sequence[Mapping[str, TaskResult]], tasks: Sequence[str]
) -> list[SeededTask]:
    """One SeededTask a task: the base's scores, and those of every training run on the same items.

    Raises:
        BadInput: a run answered different items than the base.
    """
    pairs = [paired(base, run, tasks) for run in runs]
    return [
        SeededTask(task, base[task].scores, tuple(run[index].pruned for run in pairs), base[task].chance)
        for index, task in enumerate(tasks)
    ]
