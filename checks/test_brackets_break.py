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

    def failures(results):
        return {task: failure_shares(results[task].outcomes, subject.protocol) for task in tasks}

    scored = {"broken": broken, "answered": with_program}
    for base in case.race(case.groups, limit=limit, scored=scored):
        pruned = case.without_each(tasks)
        evidence = case.weigh(
            [{role: case.scores(role, of(found)) for role, of in scored.items()} for found in pruned.values()]
        )

    case.decide(
        evidence,
        effect="share of unbalanced programs, rise without layer {place}",
        results={"base": base} | {f"without {layer}": found for layer, found in pruned.items()},
        shown="without {place}",
        measurements={
            "base_failures": failures(base),
            "by_layer": [{"layer": layer, "failures": failures(found)} for layer, found in pruned.items()],
        },
    )
