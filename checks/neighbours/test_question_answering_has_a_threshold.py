"""Gromov et al. (2403.17887): question answering survives the removal of deep layers until a threshold."""

from dataclasses import asdict

import pytest

from harness.decide.bootstrap import retention_interval
from harness.prune.methods.position import deepest
from harness.prune.plan import LayerPlan
from harness.prune.ratio import layer_count
from harness.report.paper import paper_figure
from harness.tasks.pairs import paired
from harness.tasks.suite import CLASSIFICATION

TITLE = "Without a quarter of the layers, the deepest but the last, question answering keeps its score"
MINIMUM = 0.90  # of retention
QUARTER = 0.25
HALF = 0.5


@pytest.mark.neighbour
def test_question_answering_has_a_threshold(subject, claim):
    """Classification retention at a quarter; beside it the curve over all cuts and where it breaks."""
    tasks, depth = CLASSIFICATION[subject.tier], subject.loaded.depth
    base, count = subject.evaluate(subject.whole, tasks), layer_count(QUARTER, depth)
    pruned = {
        n: subject.evaluate(LayerPlan.without(deepest(depth, n, spare_last=True), depth), tasks)
        for n in range(1, depth - 1)
    }
    curve = {n: retention_interval(paired(base, results, tasks)) for n, results in pruned.items()}
    corrected = {n: retention_interval(paired(base, results, tasks), corrected=True) for n, results in pruned.items()}

    claim.decide(
        "question-answering-has-a-threshold",
        TITLE,
        curve[count],
        effect=f"classification retention without {count} of {depth} layers",
        unit="retention (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("question-answering-has-a-threshold", subject.loaded.label),
        params={"method": "deepest_but_last", "ratio": QUARTER},
        results={"base": base, "pruned": pruned[count]},
        measurements={
            "curve": {
                "x": "deepest layers removed, the last one spared",
                "y": "classification retention",
                "points": [{"x": n, **asdict(interval)} for n, interval in curve.items()],
            },
            "chance_corrected": {str(n): interval for n, interval in corrected.items()},
            "threshold": next((n for n, interval in corrected.items() if interval.estimate < HALF), None),
        },
    )
