"""Claim 5 (paper, section 4.3): without particular layers, programs are left with unbalanced brackets."""

from harness.decide.drops import clearest, mean_score_rise
from harness.decide.multiplicity import bonferroni_confidence
from harness.probe.failures import failure_shares
from harness.probe.scores import with_failure
from harness.report.paper import paper_figure
from harness.tasks.pairs import paired
from harness.tasks.suite import CODE

TITLE = "There is a layer whose removal leaves programs with unbalanced brackets"
MINIMUM = 0.05  # of all programs


def test_brackets_break(subject, claim):
    """Each layer removed alone: rise of the share of unbalanced programs; corrected for looking at every layer."""
    tasks = CODE[subject.tier]
    base = subject.evaluate(subject.whole, tasks, subject.sweep_limit)
    confidence = bonferroni_confidence(0.95, subject.loaded.depth)
    broken = with_failure(base, "unbalanced bracket", subject.protocol)

    rises, layers, results = [], [], {"base": base}
    for layer, pruned in subject.evaluate_without_each(tasks):
        now_broken = with_failure(pruned, "unbalanced bracket", subject.protocol)
        rises.append(mean_score_rise(paired(broken, now_broken, tasks), confidence))
        shares = {task: failure_shares(pruned[task].outcomes, subject.protocol) for task in tasks}
        layers.append({"layer": layer, "rise": rises[-1], "failures": shares})
        results[f"without {layer}"] = pruned

    layer = clearest(rises)
    claim.decide(
        "brackets-break",
        TITLE,
        rises[layer].corrected_for(len(rises)),
        effect=f"share of unbalanced programs, rise without layer {layer}",
        unit="share of programs",
        minimum=MINIMUM,
        paper=paper_figure("brackets-break", subject.loaded.label),
        params={"items_per_task": subject.sweep_limit},
        results=results,
        shown=[f"without {layer}"],
        measurements={
            "clearest_layer": layer,
            "layers_beyond_minimum": [place for place, rise in enumerate(rises) if rise.low > MINIMUM],
            "base_failures": {task: failure_shares(base[task].outcomes, subject.protocol) for task in tasks},
            "by_layer": layers,
        },
    )
