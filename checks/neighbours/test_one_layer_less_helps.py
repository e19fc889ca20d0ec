"""TALE (2510.22767): there is a layer whose removal, without any training, raises a task."""

import pytest

from harness.decide.drops import mean_score_rise
from harness.tasks.pairs import paired


@pytest.mark.neighbour
def test_one_layer_less_helps(subject, claim):
    """Each layer removed alone: rise of a task's score, corrected for looking at every layer and every task."""
    limit = subject.sweep_limit
    case = claim.case("one-layer-less-helps", {"items_per_task": limit})
    for base in case.looks(case.groups, limit=limit):
        pruned = case.without_each(list(base))
        evidence = case.weigh([{"raised": case.scores("raised", found)} for found in pruned.values()])

    case.decide(
        evidence,
        effect="largest rise of a task's score without layer {place}",
        results={"base": base} | {f"without {layer}": found for layer, found in pruned.items()},
        shown="without {place}",
        measurements={
            "rise_by_layer": {
                str(layer): {task: mean_score_rise(paired(base, found, [task])) for task in case.tasks("raised")}
                for layer, found in pruned.items()
            },
        },
    )
