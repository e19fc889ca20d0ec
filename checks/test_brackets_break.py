"""Claim 5 (paper, section 4.3): without particular layers, programs are left with unbalanced brackets."""

from harness.probe.failures import failure_shares
from harness.probe.scores import with_failure, with_program


def test_brackets_break(subject, claim):
    """Each layer removed alone: rise of the share of unbalanced programs; corrected for looking at every layer."""
    limit = subject.sweep_limit
    case = claim.case("brackets-break", {"items_per_task": limit})
    tasks = case.groups["broken"]

    def broken(results):
        return with_failure(results, "unbalanced bracket", subject.protocol)

    base = case.base(
        case.groups,
        limit=limit,
        scored={"broken": broken, "answered": with_program},
    )

    def failures(results):
        return {task: failure_shares(results[task].outcomes, subject.protocol) for task in tasks}

    evidence, layers, results = [], [], {"base": base}
    for layer, pruned in subject.evaluate_without_each(tasks):
        roles = {"broken": broken(pruned), "answered": with_program(pruned)}
        evidence.append({role: case.scores(role, scored) for role, scored in roles.items()})
        layers.append({"layer": layer, "failures": failures(pruned)})
        results[f"without {layer}"] = pruned

    case.decide(
        evidence,
        effect="share of unbalanced programs, rise without layer {place}",
        results=results,
        shown="without {place}",
        measurements={"base_failures": failures(base), "by_layer": layers},
    )
