"""Claim 2 (paper, Fig. 1): one layer alone can carry multi-step generation while other tasks hardly need it."""

from harness.decide.seeds import recovered_retention


def test_single_layer_sensitivity(subject, claim):
    """Each layer removed alone; the interval of the clearest layer, corrected for having looked at all of them."""
    limit = subject.sweep_limit
    case = claim.case("single-layer-sensitivity", {"items_per_task": limit})
    for base in case.race(case.groups, limit=limit):
        pruned = case.without_each(list(base))
        evidence = case.weigh([{role: case.scores(role, found) for role in case.groups} for found in pruned.values()])

    case.decide(
        evidence,
        effect="robust - reasoning retention without layer {place}",
        results={"base": base} | {f"without {layer}": found for layer, found in pruned.items()},
        shown="without {place}",
        measurements={
            "layers": [
                {
                    "layer": layer,
                    "reasoning": recovered_retention(roles["hit"], corrected=True),
                    "robust": recovered_retention(roles["spared"], corrected=True),
                    "scores": {name: result.mean for name, result in found.items()},
                }
                for (layer, found), roles in zip(pruned.items(), evidence, strict=True)
            ],
            "base_scores": {name: result.mean for name, result in base.items()},
        },
    )
