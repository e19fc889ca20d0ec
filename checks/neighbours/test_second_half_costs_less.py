"""Csordás et al. (2505.13898): skipping a layer of the second half has a much smaller effect than one of the first."""

from dataclasses import asdict

import pytest

from harness.decide.aside import aside
from harness.decide.seeds import recovered_retention, recovery_difference

from .sweeps import averaged


def halves(case, pruned, ends=0):
    """Scores without a layer, mean over each half of the layers; a middle one, and so many at the ends, left out."""
    layers = sorted(pruned)[ends : len(pruned) - ends]
    half = len(layers) // 2
    parts = {"first": layers[:half], "second": layers[len(layers) - half :]}
    return {role: averaged(case.scores(role, *(pruned[layer] for layer in part))) for role, part in parts.items()}


@pytest.mark.neighbour
def test_second_half_costs_less(subject, claim):
    """Each layer removed alone: retention of reasoning, mean over the second half's layers - over the first's."""
    limit = subject.sweep_limit
    case = claim.case("second-half-costs-less", {"items_per_task": limit})
    for base in case.looks(case.groups, limit=limit):
        pruned = case.without_each(list(base))
        evidence = case.weigh(halves(case, pruned))

    alone = {layer: recovered_retention(case.scores("first", found)) for layer, found in pruned.items()}
    inner = halves(case, pruned, ends=1)
    case.decide(
        evidence,
        effect=f"reasoning retention without one of the {subject.loaded.depth // 2} last layers - one of the first",
        results={"base": base} | {f"without {layer}": found for layer, found in pruned.items()},
        measurements={
            "of_half": {role: recovered_retention(tasks) for role, tasks in evidence.items()},
            "without_the_first_and_the_last_layer": aside(recovery_difference, inner["second"], inner["first"]),
            "curve": {
                "x": "removed layer (0-based)",
                "y": "reasoning retention",
                "points": [{"x": layer, **asdict(kept)} for layer, kept in alone.items()],
            },
        },
    )
