"""A pruning method of your own: what does it keep, beside the known ones? Only with `--method`."""

import pytest

from harness.conform.comparison import compare, kept
from harness.conform.measured import RATIOS, REFERENCES, measure, reference, tasks_of
from harness.report.record import PaperFigure
from harness.tasks.suite import ARITHMETIC, CLASSIFICATION, GENERATIVE

TITLE = "The method keeps more generation than removing layers at random"


@pytest.mark.own_method
@pytest.mark.ratios(*RATIOS)
@pytest.mark.trains(1)
def test_method_scoreboard(subject, method, ratio, claim):
    """Retention before and after the standard recovery, paired with block influence, reverse, random and greedy."""
    tasks, generative = tasks_of(subject.tier), GENERATIVE[subject.tier]
    base = subject.evaluate(subject.whole, tasks)
    own, (pruned, recovered) = measure(subject, method, ratio)
    references = [reference(subject, name, ratio) for name in REFERENCES if name != method]
    comparisons = compare(base, own, references, generative)
    against = {(found.reference, found.recovered): found for found in comparisons}
    floor = against.get(("random", False)) or comparisons[0]

    claim.decide(
        "method-scoreboard",
        TITLE,
        floor.difference,
        effect=f"generative retention - that of {floor.reference}",
        unit="retention (fraction)",
        minimum=0.0,
        paper=PaperFigure("no claim of the paper [unknown]", "ours"),
        params={"method": method, "ratio": ratio},
        results={"base": base, "pruned": pruned, "recovered": recovered},
        measurements={
            "removed": own.plans[0],
            "calibration": own.calibration,
            "retention": {
                f"{group} {when}": kept(base, own, named, recovered=when == "recovered")
                for when in ("pruned", "recovered")
                for group, named in (
                    ("classification", CLASSIFICATION[subject.tier]),
                    ("generation", generative),
                    ("arithmetic", ARITHMETIC),
                )
            },
            "generation against": {
                f"{found.reference}{' recovered' if found.recovered else ''}": {
                    "difference": found.difference,
                    "adjusted_p": found.adjusted_p,
                    "verdict": found.verdict,
                }
                for found in comparisons
            },
        },
    )
