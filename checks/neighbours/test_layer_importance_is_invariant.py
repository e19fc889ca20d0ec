"""Layer Importance ... Invariant (2506.22638): the same layers are critical in several states of one model."""

import pytest

from harness.decide.association import spearman_over_layers
from harness.report.paper import paper_figure
from harness.tasks.pairs import paired
from harness.tasks.suite import REASONING

TITLE = "The layers that reasoning misses most are the same after half of the training and after all of it"
MINIMUM = 0.50  # Spearman's correlation; the source gives none


def losses(subject):
    """Score before minus after, per removed layer and item, with the results behind it."""
    tasks = REASONING[subject.tier]
    base = subject.evaluate(subject.whole, tasks, subject.sweep_limit)
    rows = [
        [b - p for pair in paired(base, pruned, tasks) for b, p in zip(pair.base, pair.pruned, strict=True)]
        for _, pruned in subject.evaluate_without_each(tasks)
    ]
    return base, rows


@pytest.mark.neighbour
def test_layer_importance_is_invariant(subject, earlier, claim):
    """Spearman over layers of the accuracy lost, at half of the training and at its end; beside it at a quarter."""
    base, now = losses(subject)
    then = {name: losses(state) for name, state in earlier.items()}
    agreement = {name: spearman_over_layers(rows, now) for name, (_, rows) in then.items()}

    claim.decide(
        "layer-importance-is-invariant",
        TITLE,
        agreement["50 %"],
        effect="Spearman's correlation of what layers are worth, 50 % and 100 % of training",
        unit="correlation",
        minimum=MINIMUM,
        paper=paper_figure("layer-importance-is-invariant", subject.loaded.label),
        params={"items_per_task": subject.sweep_limit},
        results={"base": base} | {f"at {name}": results for name, (results, _) in then.items()},
        measurements={
            "agreement": agreement,
            "lost_by_layer": {name: [sum(row) / len(row) for row in rows] for name, (_, rows) in then.items()}
            | {"100 %": [sum(row) / len(row) for row in now]},
        },
    )
