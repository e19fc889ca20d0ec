"""A pruning method of your own: what does it keep, beside the known ones? Only with `--method`."""

import pytest

from harness.conform.comparison import compare, kept, ruined
from harness.conform.measured import RATIOS, REFERENCES, measure, reference
from harness.report.paper import OURS
from harness.tasks.suite import ARITHMETIC, tasks_of
from harness.tiers import TIERS
from harness.versions import missing_of


@pytest.mark.own_method
@pytest.mark.ratios(*RATIOS)
@pytest.mark.trains(1)
def test_method_scoreboard(subject, method, ratio, claim):
    """Retention before and after the standard recovery, if installed; paired with those of four known methods."""
    case = claim.case("method-scoreboard", {"method": method, "ratio": ratio}, paper=OURS)
    base = case.base(case.groups, beside=tasks_of(subject.tier))
    own, results = measure(subject, method, ratio, recover=not missing_of("recover"))
    references = [reference(subject, name, ratio) for name in REFERENCES if name != method]
    floor = next((known for known in references if known.method == "random"), references[0])
    tasks = case.tasks("first")

    case.decide(
        {"first": own.seeded(base, tasks, recovered=False), "second": floor.seeded(base, tasks, recovered=False)},
        effect=f"generative retention - that of {floor.method}",
        results={"base": base, **dict(zip(("pruned", "recovered"), results, strict=False))},
        measurements={
            "removed": own.plans[0],
            "calibration": own.calibration,
            "retention": {
                f"{group} {when}": kept(base, own, named, recovered=when == "recovered")
                for when in ("pruned", "recovered")
                for group, named in (
                    ("classification", TIERS[subject.tier].classification),
                    ("generation", case.groups["first"]),
                    ("arithmetic", ARITHMETIC),
                )
            },
            "recovery may have ruined": bool(own.after) and ruined(base, own, tasks),
            "generation against": {
                f"{found.reference}{' recovered' if found.recovered else ''}": {
                    "difference": found.difference,
                    "adjusted_p": found.adjusted_p,
                    "verdict": found.verdict,
                }
                for found in compare(base, own, references, tasks)
            },
        },
    )
