"""Claim 4 (paper, section 4.1): reasoning is lost in answers whose text is intact, so degeneration is not the cause."""

from dataclasses import replace

from harness.decide.association import spearman_over_layers
from harness.decide.bootstrap import score_drop
from harness.decide.drops import clearest, mean_score_drop
from harness.decide.multiplicity import bonferroni_confidence
from harness.probe.degeneration import degeneration, lost_in_intact_text
from harness.probe.scores import repetition_rise
from harness.report.paper import paper_figure
from harness.tasks.pairs import paired
from harness.tasks.suite import REASONING

TITLE = "There is a layer whose removal costs reasoning although the text of the answers stays intact"
MINIMUM = 0.10  # of accuracy


def test_degeneration_is_not_the_cause(subject, claim):
    """Each layer removed alone: accuracy lost in intact answers; corrected for having looked at every layer."""
    tasks = REASONING[subject.tier]
    base = subject.evaluate(subject.whole, tasks, subject.sweep_limit)
    confidence = bonferroni_confidence(0.95, subject.loaded.depth)

    intact, layers, rises, losses, results = [], [], [], [], {"base": base}
    for layer, pruned in subject.evaluate_without_each(tasks):
        pairs = paired(base, pruned, tasks)
        spared = [replace(pair, pruned=lost_in_intact_text(base[pair.name], pruned[pair.name])) for pair in pairs]
        intact.append(mean_score_drop(spared, confidence))
        rises.append([rise for task in tasks for rise in repetition_rise(base[task], pruned[task])])
        losses.append([b - p for pair in pairs for b, p in zip(pair.base, pair.pruned, strict=True)])
        layers.append(
            {
                "layer": layer,
                "lost": {pair.name: score_drop(pair) for pair in pairs},
                "lost_in_intact_text": intact[-1],
                "degeneration": {task: degeneration(pruned[task].outcomes) for task in tasks},
            }
        )
        results[f"without {layer}"] = pruned

    layer = clearest(intact)
    claim.decide(
        "degeneration-is-not-the-cause",
        TITLE,
        intact[layer].corrected_for(len(intact)),
        effect=f"accuracy lost in intact answers without layer {layer}",
        unit="accuracy (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("degeneration-is-not-the-cause", subject.loaded.label),
        params={"items_per_task": subject.sweep_limit},
        results=results,
        shown=[f"without {layer}"],
        measurements={
            "clearest_layer": layer,
            "layers_beyond_minimum": [place for place, gap in enumerate(intact) if gap.low > MINIMUM],
            "association_of_repetition_and_loss": spearman_over_layers(rises, losses),
            "base_degeneration": {task: degeneration(base[task].outcomes) for task in tasks},
            "by_layer": layers,
        },
    )
