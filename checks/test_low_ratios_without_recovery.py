"""Ours, beside claim 8: a tenth of the layers may go without any training; beyond that, generation falls."""

from dataclasses import asdict

from harness.decide.aside import aside
from harness.decide.seeds import recovered_retention, recovery_difference
from harness.prune.ratio import layer_count
from harness.report.paper import OURS

LOW, HIGH = 0.10, 0.25
RATIOS = (LOW, 0.15, HIGH, 0.33)


def test_low_ratios_without_recovery(subject, method, claim):
    """Generative retention with a tenth of the layers removed; beside it the whole curve up to a third."""
    depth = subject.loaded.depth
    case = claim.case("low-ratios-without-recovery", {"method": method}, paper=OURS)
    low, high = layer_count(LOW, depth), layer_count(HIGH, depth)
    for base in case.looks(case.groups):
        plan = subject.plan(method, LOW)
        evidence = case.weigh({"hit": case.scores("hit", subject.evaluate(plan, list(base), case.limit))})
    plans = {layer_count(ratio, depth): subject.plan(method, ratio) for ratio in RATIOS}
    pruned = {count: subject.evaluate(plan, list(base), case.limit) for count, plan in plans.items()}
    hit = {count: case.scores("hit", results) for count, results in pruned.items()}

    case.decide(
        evidence,
        effect=f"generative retention without {low} of {depth} layers",
        results={"base": base} | {f"without {count} layers": results for count, results in pruned.items()},
        measurements={
            "fall_to_a_quarter": aside(recovery_difference, hit[low], hit[high]),
            "removed": {count: plan.describe() for count, plan in plans.items()},
            "curve": {
                "x": "removed layers",
                "y": "generative retention",
                "points": [{"x": count, **asdict(recovered_retention(runs))} for count, runs in hit.items()],
            },
        },
    )
