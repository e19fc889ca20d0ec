"""Claim 3 (paper, Fig. 3 and section 4.2): pruning costs single-digit arithmetic, which needs no long generation."""

from harness.decide.bootstrap import score_drop
from harness.decide.paired import mcnemar
from harness.probe.arithmetic import by_operation
from harness.report.paper import paper_figure
from harness.tasks.pairs import paired
from harness.tasks.suite import ARITHMETIC, require_items, several_digits

TITLE = "With a quarter of the layers removed, single-digit arithmetic gets worse"
MINIMUM = 0.10  # of accuracy; the smallest drop among the paper's three models is .22
DECIDING = {"sound": "arithmetic", "paper": "arithmetic_first_digit"}


def test_arithmetic_drop(subject, method, ratio, claim):
    """Accuracy before minus after, on the whole answer (sound) or its first digit (paper)."""
    tasks = (*ARITHMETIC, *several_digits(subject.data))
    require_items(tasks, subject.tier, subject.data)  # before a method searches for hours
    plan = subject.plan(method, ratio)
    base, pruned = subject.evaluate(subject.whole, tasks), subject.evaluate(plan, tasks)
    probes = {task.name: task for task in paired(base, pruned, tasks)}

    claim.decide(
        "arithmetic-drop",
        TITLE,
        score_drop(probes[DECIDING[subject.protocol]]),
        effect="accuracy before - after",
        unit="accuracy (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("arithmetic-drop", subject.loaded.label),
        params={"method": method, "ratio": ratio},
        results={"base": base, "pruned": pruned},
        measurements={
            "removed": plan.describe(),
            "drop": {name: score_drop(task) for name, task in probes.items()},
            "mcnemar": {name: mcnemar(task.base, task.pruned) for name, task in probes.items()},
            "by_operation": {name: by_operation(base[name], pruned[name]) for name in tasks},
            "base_scores": {name: result.mean for name, result in base.items()},
            "pruned_scores": {name: result.mean for name, result in pruned.items()},
            **subject.beside_fresh(plan, base, pruned),
        },
    )
