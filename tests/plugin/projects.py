"""An outside project with one check, whose effect the test says."""

import json

CHECK = """
from harness import Design, Interval

def nearly_nothing(evidence):  # an effect that nothing moves is no design
    return 1e-9 * evidence["hit"][0].runs[0].count(1)

def test_claim(subject, claim):
    design = Design(
        "example-drop", "An example",
        lambda evidence, at: Interval(*(end + nearly_nothing(evidence) for end in ({interval})), 0.95, 0.01, 60),
        minimum=0.1, unit="u", roles={{"hit": "lost"}}, family="example", ordered=True,
    )
    case = claim.case(design, {{"method": "{method}"}}, seeds=(0, 1))
    base = case.base({{"hit": ["facts"]}})
    pruned = subject.evaluate(subject.plan("{method}", 0.25), ["facts"])
    case.decide(
        {{"hit": case.scores("hit", pruned)}}, effect="e", results={{"base": base, "pruned": pruned}}, measurements={{}}
    )
"""
REPRODUCED, CONTRADICTED = "0.5, 0.4, 0.6", "0.0, -0.1, 0.05"


def baseline(pytester):
    """The only baseline's path and content."""
    (path,) = (pytester.path / "baselines" / "tiny").glob("*.json")
    return path, json.loads(path.read_text())
