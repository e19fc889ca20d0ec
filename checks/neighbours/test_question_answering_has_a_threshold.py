"""Gromov et al. (2403.17887): question answering survives the removal of deep layers until a threshold."""

from dataclasses import asdict

import pytest

from harness.decide.seeds import recovered_retention
from harness.methods.position import deepest
from harness.prune.plan import LayerPlan
from harness.prune.ratio import layer_count

QUARTER = 0.25
HALF = 0.5


@pytest.mark.neighbour
def test_question_answering_has_a_threshold(subject, claim):
    """Classification retention at a quarter, net of guessing; beside it the curve over all cuts and where it breaks."""
    case = claim.case("question-answering-has-a-threshold", {"method": "deepest_but_last", "ratio": QUARTER})
    depth = subject.loaded.depth
    count = layer_count(QUARTER, depth)
    plans = {n: LayerPlan.without(deepest(depth, n, spare_last=True), depth) for n in range(1, depth - 1)}
    for base in case.looks(case.groups):
        evidence = case.weigh({"spared": case.scores("spared", subject.evaluate(plans[count], list(base), case.limit))})
    pruned = dict(zip(plans, subject.evaluate_each(list(plans.values()), list(base), case.limit), strict=True))
    spared = {n: case.scores("spared", results) for n, results in pruned.items()}
    curve = {n: recovered_retention(scores, corrected=True) for n, scores in spared.items()}

    case.decide(
        evidence,
        effect=f"classification retention without {count} of {depth} layers",
        results={"base": base, "pruned": pruned[count]},
        measurements={
            "curve": {
                "x": "deepest layers removed, the last one spared",
                "y": "classification retention, net of guessing",
                "points": [{"x": n, **asdict(interval)} for n, interval in curve.items()],
            },
            "as_in_the_source": recovered_retention(spared[count]),
            "threshold": next((n for n, interval in curve.items() if interval.estimate < HALF), None),
        },
    )
