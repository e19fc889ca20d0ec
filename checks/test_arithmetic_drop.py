"""Claim 3 (paper, Fig. 3 and section 4.2): pruning costs single-digit arithmetic, which needs no long generation."""

from harness.decide.aside import aside
from harness.decide.bootstrap import score_drop
from harness.decide.paired import mcnemar
from harness.probe.arithmetic import by_operation
from harness.probe.scores import with_number
from harness.subject.beside import beside_fresh
from harness.tasks.pairs import paired
from harness.tasks.suite import ARITHMETIC, ARITHMETIC_DECIDED_BY, several_digits


def test_arithmetic_drop(subject, method, ratio, claim):
    """Share of the base's accuracy lost, on the whole answer (sound) or its first digit (paper)."""
    deciding, tasks = [ARITHMETIC_DECIDED_BY[subject.protocol]], (*ARITHMETIC, *several_digits(subject.source))
    case = claim.case("arithmetic-drop", {"method": method, "ratio": ratio})
    groups = {"hit": deciding, "answered": deciding}
    for base in case.looks(groups, beside=tasks, scored={"answered": with_number}):
        plan = subject.plan(method, ratio)
        pruned = subject.evaluate(plan, tasks, case.limit)
        evidence = case.weigh(
            {"hit": case.scores("hit", pruned), "answered": case.scores("answered", with_number(pruned))}
        )
    probes = {task.name: task for task in paired(base, pruned, tasks)}

    case.decide(
        evidence,
        effect="share of the base's accuracy lost",
        results={"base": base, "pruned": pruned},
        measurements={
            "removed": plan.describe(),
            "drop": {name: score_drop(task) for name, task in probes.items()},
            "mcnemar": {name: mcnemar(task.base, task.pruned) for name, task in probes.items()},
            "by_operation": {name: aside(by_operation, base[name], pruned[name]) for name in tasks},
            "base_scores": {name: result.mean for name, result in base.items()},
            "pruned_scores": {name: result.mean for name, result in pruned.items()},
            **beside_fresh(subject, plan, base, pruned),
        },
    )
