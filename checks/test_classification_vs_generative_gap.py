"""Claim 1 (paper, Table 1): layer pruning spares classification and ruins generation."""

from harness.decide.bootstrap import retention_gap, retention_interval
from harness.probe.transitions import transition_rows, transitions
from harness.report.paper import paper_figure
from harness.tasks.pairs import paired
from harness.tasks.suite import CLASSIFICATION, GENERATIVE

TITLE = "With a quarter of the layers removed, classification keeps more of its score than generation"
MINIMUM = 0.10  # of retention: a smaller gap would not be the paper's finding


def test_classification_vs_generative_gap(subject, method, ratio, claim):
    """Retention of classification minus retention of generation, paired by item."""
    classification, generative = CLASSIFICATION[subject.tier], GENERATIVE[subject.tier]
    plan = subject.plan(method, ratio)
    base = subject.evaluate(subject.whole, classification + generative)
    pruned = subject.evaluate(plan, classification + generative)

    kept, lost = paired(base, pruned, classification), paired(base, pruned, generative)
    each = {task.name: retention_interval([task]) for task in (*kept, *lost)}

    claim.decide(
        "classification-vs-generative-gap",
        TITLE,
        retention_gap(kept, lost),
        effect="classification retention - generative retention",
        unit="retention (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("classification-vs-generative-gap", subject.loaded.label),
        params={"method": method, "ratio": ratio},
        results={"base": base, "pruned": pruned},
        measurements={
            "removed": plan.describe(),
            "variant_fingerprint": subject.fingerprint(plan),
            "classification_retention": retention_interval(kept),
            "generative_retention": retention_interval(lost),
            "chance_corrected_gap": retention_gap(kept, lost, corrected=True),
            "retention": each,
            "transitions": {
                task: transition_rows(transitions(base[task], pruned[task]))
                for task in generative
                if base[task].group != "summary"
            },
            "base_scores": {name: result.mean for name, result in base.items()},
            "pruned_scores": {name: result.mean for name, result in pruned.items()},
            **subject.beside_fresh(plan, base, pruned),
        },
    )
