"""Claim 10 (ours): the gap is one of ability, not of answer format, of depth, or of chance level."""

from harness.decide.seeds import recovered_gap, recovered_retention
from harness.decide.testable import unfit
from harness.probe.recall import lost_and_missed, recall
from harness.tasks.crossed import cells, forms
from harness.tasks.guessing import guessing_score
from harness.tasks.pairs import seeded
from harness.tasks.suite import TASKS
from harness.tiers import TIERS

DRAWS, TEMPERATURE = 8, 1.0


def test_gap_survives_controls(subject, method, ratio, claim):
    """Knowledge minus reasoning retention, both generated, at two depths; beside it both as a choice, and recall."""
    table = cells(subject.tier, subject.source)
    case = claim.case("gap-survives-controls", {"method": method, "ratio": ratio})
    generated = {
        f"{content} {depth}": [task for task in tasks if task in case.groups[f"{content} {depth}"]]
        for (content, form, depth), tasks in table.items()
        if form == "generated"
    }
    for base in case.looks(generated, beside=[task for tasks in table.values() for task in tasks]):
        plan = subject.plan(method, ratio)
        pruned = subject.evaluate(plan, list(base), case.limit)
        evidence = case.weigh({role: case.scores(role, pruned) for role in generated})

    unable = {task: why for task, result in base.items() if (why := unfit(result.scores, guessing_score(result)))}
    empty = {" ".join(cell): "no task of this cell" for cell, tasks in table.items() if not tasks}
    written = [task for tasks in generated.values() for task in tasks]
    able = {cell: [task for task in tasks if task not in unable] for cell, tasks in table.items()}
    scores = {cell: seeded(base, [pruned], tasks) for cell, tasks in able.items() if tasks}
    case.decide(
        evidence,
        effect="knowledge - reasoning retention, both generated, mean of two depths",
        results={"base": base, "pruned": pruned},
        measurements={
            "removed": plan.describe(),
            "retention": {" ".join(cell): recovered_retention(tasks, corrected=True) for cell, tasks in scores.items()},
            "gap": {
                f"{form} {depth}": recovered_gap(tasks, scores["reasoning", form, depth], corrected=True)
                for (content, form, depth), tasks in scores.items()
                if content == "knowledge" and ("reasoning", form, depth) in scores
            },
            "not_testable": unable | empty,
            "tokens": {
                name: {task: sum(o.tokens for o in of[task].outcomes) / len(of[task].outcomes) for task in written}
                for name, of in (("base", base), ("pruned", pruned))
            },
            "demoted_or_erased": {
                form.generated: _recall(subject, plan, form, base, pruned)
                for form in forms(subject.tier, subject.source)
            },
            "base_scores": {name: result.mean for name, result in base.items()},
            "pruned_scores": {name: result.mean for name, result in pruned.items()},
        },
    )


def _recall(subject, plan, form, base, pruned):
    """What comes back of the items that a task lost, in several draws and as a choice."""
    task, most = form.generated, 1 if subject.dry else TIERS[subject.tier].recalled
    lost, missed = lost_and_missed(base[task], pruned[task])
    if not lost:
        return "nothing was lost"
    draws = subject.sample(plan, task, DRAWS, TEMPERATURE, items={*lost[:most], *missed[:most]})
    choice = pruned[form.choice] if form.choice else None
    return recall(base[task], pruned[task], draws, TASKS[task].states, choice)
