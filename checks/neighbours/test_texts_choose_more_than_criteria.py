"""Ours, near 2604.24938 (v3): the texts that a method is shown decide more of what is left than its criterion."""

from dataclasses import replace

import pytest

from harness.decide.set_designs import CRITERIA, GRID, TEXTS
from harness.report.paper import OURS
from harness.tasks.calibration import Calibration

from .chosen import answered, between, mean_jaccard


@pytest.mark.neighbour
def test_texts_choose_more_than_criteria(subject, ratio, claim):
    """How differently variants by two kinds of text answer minus how differently those by two criteria do."""
    case = claim.case("texts-choose-more-than-criteria", {"ratio": ratio}, paper=OURS)
    shown = {texts: replace(subject, shown=Calibration(texts)) for texts in TEXTS}
    names = [f"{criterion} on {texts}" for criterion in CRITERIA for texts in TEXTS]
    results = {}
    for base in case.looks(case.groups):
        plans = [shown[texts].plan(criterion, ratio) for criterion in CRITERIA for texts in TEXTS]
        evidence = case.weigh({"chosen": answered(case, subject, plans, results)})

    case.decide(
        evidence,
        effect="answered otherwise by variants of two kinds of text - of two criteria",
        results={"base": base} | {name: results[plan] for name, plan in zip(names, plans, strict=True)},
        measurements={
            "removed_by": {name: plan.describe() for name, plan in zip(names, plans, strict=True)},
            "calibrated_on": {texts: one.choices.calibrated_on(CRITERIA[0]) for texts, one in shown.items()},
            "jaccard": {
                "two texts": mean_jaccard(plans, GRID.by_text),
                "two criteria": mean_jaccard(plans, GRID.by_criterion),
            },
            "pairs": between(plans, evidence["chosen"], names),
        },
    )
