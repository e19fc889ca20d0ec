"""Claim 8 (paper, Fig. 6 and Table 6): a tenth of the layers may go; beyond that, generation falls."""

from dataclasses import asdict

from harness.decide.bootstrap import retention_interval
from harness.decide.seeds import recovery_difference
from harness.prune.ratio import layer_count
from harness.report.paper import paper_figure
from harness.tasks.pairs import paired, seeded
from harness.tasks.suite import GENERATIVE

TITLE = "With a tenth of the layers removed, generation keeps most of its score"
MINIMUM = 0.70  # of retention; the paper reports about .80
LOW, HIGH = 0.10, 0.25
RATIOS = (LOW, 0.15, HIGH, 0.33)


def test_low_ratios_are_viable(subject, method, claim):
    """Generative retention with a tenth of the layers removed; beside it the whole curve up to a third."""
    tasks, depth = GENERATIVE[subject.tier], subject.loaded.depth
    base = subject.evaluate(subject.whole, tasks)
    plans = {layer_count(ratio, depth): subject.plan(method, ratio) for ratio in RATIOS}
    pruned = {count: subject.evaluate(plan, tasks) for count, plan in plans.items()}
    curve = {count: retention_interval(paired(base, results, tasks)) for count, results in pruned.items()}
    low, high = layer_count(LOW, depth), layer_count(HIGH, depth)

    claim.decide(
        "low-ratios-are-viable",
        TITLE,
        curve[low],
        effect=f"generative retention without {low} of {depth} layers",
        unit="retention (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("low-ratios-are-viable", subject.loaded.label),
        params={"method": method},
        results={"base": base} | {f"without {count} layers": results for count, results in pruned.items()},
        measurements={
            "fall_to_a_quarter": recovery_difference(*(seeded(base, [pruned[count]], tasks) for count in (low, high))),
            "removed": {count: plan.describe() for count, plan in plans.items()},
            "curve": {
                "x": "removed layers",
                "y": "generative retention",
                "points": [{"x": count, **asdict(interval)} for count, interval in curve.items()],
            },
        },
    )
