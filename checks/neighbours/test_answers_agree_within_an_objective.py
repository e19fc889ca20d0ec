"""Near 2604.24938 (one objective's searches find like layers): whether what they leave answers alike, too."""

from dataclasses import replace

import pytest

from harness.decide.set_designs import BY_OBJECTIVE, OBJECTIVES
from harness.tasks.calibration import default_calibration

from .chosen import answered, between, mean_jaccard


@pytest.mark.neighbour
def test_answers_agree_within_an_objective(subject, ratio, claim):
    """How differently variants of two objectives answer minus how differently those of one do, on the same texts."""
    case = claim.case("answers-agree-within-an-objective", {"ratio": ratio})
    asked = replace(subject, shown=subject.shown or default_calibration("running"))
    results = {}
    for base in case.looks(case.groups):
        plans = [asked.plan(method, ratio) for method in OBJECTIVES]
        evidence = case.weigh({"chosen": answered(case, subject, plans, results)})

    case.decide(
        evidence,
        effect="answered otherwise by variants of two objectives - of one",
        results={"base": base} | {method: results[plan] for method, plan in zip(OBJECTIVES, plans, strict=True)},
        measurements={
            "objectives": OBJECTIVES,
            "removed_by": {method: plan.describe() for method, plan in zip(OBJECTIVES, plans, strict=True)},
            "calibrated_on": asked.choices.calibrated_on("perplexity"),
            "jaccard": {
                "within": mean_jaccard(plans, BY_OBJECTIVE.within),
                "between": mean_jaccard(plans, BY_OBJECTIVE.between),
            },
            "pairs": between(plans, evidence["chosen"], list(OBJECTIVES)),
        },
    )
