"""Claim 2 (paper, Fig. 1): one layer alone can carry multi-step generation while other tasks hardly need it."""

from harness.decide.seeds import recovered_retention


def test_single_layer_sensitivity(subject, claim):
    """Each layer removed alone; the interval of the clearest layer, corrected for having looked at all of them."""
    limit = subject.sweep_limit
    case = claim.case("single-layer-sensitivity", {"items_per_task": limit})
    base = case.base(case.groups, limit=limit)

    evidence, layers, results = [], [], {"base": base}
    for layer, pruned in subject.evaluate_without_each(list(base)):
        spared, hit = case.scores("spared", pruned), case.scores("hit", pruned)
        evidence.append({"spared": spared, "hit": hit})
        layers.append(
            {
                "layer": layer,
                "reasoning": recovered_retention(hit, corrected=True),
                "robust": recovered_retention(spared, corrected=True),
                "scores": {name: result.mean for name, result in pruned.items()},
            }
        )
        results[f"without {layer}"] = pruned

    case.decide(
        evidence,
        effect="robust - reasoning retention without layer {place}",
        results=results,
        shown="without {place}",
        measurements={"layers": layers, "base_scores": {name: result.mean for name, result in base.items()}},
    )
