"""Claim 2 (paper, Fig. 1): one layer alone can carry multi-step generation while other tasks hardly need it."""

from harness.decide.bootstrap import retention_gap, retention_interval
from harness.decide.drops import clearest
from harness.decide.multiplicity import bonferroni_confidence
from harness.report.paper import paper_figure
from harness.tasks.pairs import paired
from harness.tasks.suite import REASONING, ROBUST

TITLE = "There is a layer whose removal costs reasoning much and classification or summaries little"
MINIMUM = 0.10  # of retention


def test_single_layer_sensitivity(subject, claim):
    """Each layer removed alone; the interval of the clearest layer, corrected for having looked at all of them."""
    reasoning, robust = REASONING[subject.tier], ROBUST[subject.tier]
    limit = subject.sweep_limit
    base = subject.evaluate(subject.whole, robust + reasoning, limit)
    confidence = bonferroni_confidence(0.95, subject.loaded.depth)

    layers, gaps, results = [], [], {"base": base}
    for layer, pruned in subject.evaluate_without_each(robust + reasoning):
        spared, hit = paired(base, pruned, robust), paired(base, pruned, reasoning)
        gaps.append(retention_gap(spared, hit, confidence=confidence))
        layers.append(
            {
                "layer": layer,
                "reasoning": retention_interval(hit),
                "robust": retention_interval(spared),
                "scores": {name: result.mean for name, result in pruned.items()},
            }
        )
        results[f"without {layer}"] = pruned

    layer = clearest(gaps)
    claim.decide(
        "single-layer-sensitivity",
        TITLE,
        gaps[layer].corrected_for(len(gaps)),
        effect=f"robust - reasoning retention without layer {layer}",
        unit="retention (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("single-layer-sensitivity", subject.loaded.label),
        params={"items_per_task": limit},
        results=results,
        shown=[f"without {layer}"],
        measurements={
            "clearest_layer": layer,
            "layers_beyond_minimum": [layer for layer, gap in enumerate(gaps) if gap.low > MINIMUM],
            "layers": layers,
            "base_scores": {name: result.mean for name, result in base.items()},
        },
    )
