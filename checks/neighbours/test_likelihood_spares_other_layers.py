"""Song et al. (2510.02091): the layers that a likelihood evaluation can spare are not those that generation can."""

import pytest

from harness.decide.aside import aside
from harness.decide.association import spearman_over_layers
from harness.decide.effects import losses_by_layer
from harness.decide.seeds import recovered_retention
from harness.tasks.part import on_items

from .sweeps import by_layer

SPARED = 0.90  # of the score net of guessing: without such a layer an evaluation sees hardly any loss


@pytest.mark.neighbour
def test_likelihood_spares_other_layers(subject, claim):
    """1 - rank correlation, over layers and net of noise, of what the same items lose when chosen and when written."""
    limit = subject.sweep_limit
    case = claim.case("likelihood-spares-other-layers", {"items_per_task": limit})
    base = case.base(case.groups, limit=limit)
    tasks = {role: list(case.tasks(role)) for role in case.groups}
    pruned = dict(subject.evaluate_without_each(list(base)))
    both = set.intersection(*({outcome.item_id for outcome in result.outcomes} for result in base.values()))

    def shared(results):
        return {task: on_items(result, both) for task, result in results.items()}

    asked, without = shared(base), {layer: shared(found) for layer, found in pruned.items()}
    evidence = {role: by_layer(asked, without, names) for role, names in tasks.items()}
    rows = {role: losses_by_layer(layers) for role, layers in evidence.items()}
    kept = {role: [recovered_retention(case.scores(role, found), corrected=True) for found in pruned.values()]
            for role in tasks}  # fmt: skip
    case.decide(
        evidence,
        effect="1 - rank correlation of what layers are worth by likelihood and by generation",
        results={"base": base} | {f"without {layer}": found for layer, found in pruned.items()},
        measurements={
            "plain_correlation": aside(spearman_over_layers, rows["likelihood"], rows["generation"]),
            "lost_by_layer": {role: [sum(row) / len(row) for row in table] for role, table in rows.items()},
            "spared": {
                role: [layer for layer, found in enumerate(each) if found.estimate >= SPARED]
                for role, each in kept.items()
            },
        },
    )
