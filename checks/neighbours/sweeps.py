"""What a sweep that removes each layer alone says of layers: what several claims share."""

from dataclasses import replace
from statistics import fmean

from harness.decide.seeds import SeededTask
from harness.tasks.pairs import seeded


def over_tasks(name, tasks):
    """Items of several tasks as those of one."""
    base = tuple(score for task in tasks for score in task.base)
    return SeededTask(name, base, (tuple(score for task in tasks for score in task.runs[0]),))


def by_layer(base, pruned, tasks):
    """One task a removed layer, over the items of all `tasks`; `pruned` is layer -> results without it."""
    return [over_tasks(f"without {layer}", seeded(base, [found], tasks)) for layer, found in pruned.items()]


def averaged(tasks):
    """Tasks with one run instead of several: each item's mean score, and the mean score of guessing."""
    return [
        replace(
            task,
            runs=(tuple(map(fmean, zip(*task.runs, strict=True))),),
            run_chances=(fmean(task.run_chances),) if task.run_chances else (),
        )
        for task in tasks
    ]
