"""Rethinking Layer Relevance (2605.14075): how much a layer turns its input says little of what its removal costs."""

import pytest

from harness.decide.aside import aside
from harness.decide.association import spearman_over_layers
from harness.decide.effects import losses_by_layer, said_of_layers
from harness.prune.ratio import layer_count

from .sweeps import by_layer

COSINE = ("block_influence", "block_influence_pooled", "block_influence_flat")
QUARTER = 0.25  # the count that other checks ask for: scores are the same for any


@pytest.mark.neighbour
def test_cosine_is_a_poor_proxy(subject, claim):
    """1 - rank correlation, over layers and net of noise, of 1 - cosine and of the accuracy lost without the layer."""
    limit = subject.sweep_limit
    case = claim.case("cosine-is-a-poor-proxy", {"items_per_task": limit})
    base = case.base(case.groups, limit=limit)
    pruned = dict(subject.evaluate_without_each(list(base)))
    removed = by_layer(base, pruned, case.tasks("removed"))
    count, items = layer_count(QUARTER, subject.loaded.depth), len(removed[0].base)
    said = {name: said_of_layers(subject.ranking(name, count).scores, items) for name in COSINE}

    lost = losses_by_layer(removed)
    case.decide(
        {"removed": removed, "cosine": said[COSINE[0]]},
        effect="1 - rank correlation of 1 - cosine and the accuracy lost without a layer",
        results={"base": base} | {f"without {layer}": found for layer, found in pruned.items()},
        measurements={
            "calibrated_on": {name: subject.choices.calibrated_on(name) for name in COSINE},
            "plain_correlation": {
                name: aside(spearman_over_layers, losses_by_layer(layers), lost) for name, layers in said.items()
            },
            "lost_by_layer": [sum(row) / len(row) for row in lost],
            "one_minus_cosine": {name: [layer.base[0] for layer in layers] for name, layers in said.items()},
        },
    )
