"""Demystifying When Pruning Works (2603.24652): states and logits stay close, and probabilities part."""

from statistics import fmean

import pytest

from harness.decide.drops import mean_score
from harness.decide.seeds import SeededTask
from harness.subject.spaces import near

TENTH = 0.10
SPACES = ("states", "logits", "probabilities")


def cosine(found, space):
    """One tuple a task, of cosines in [0, 1]: what points the other way is as far as can be."""
    return {task: tuple(min(1.0, max(0.0, getattr(one, space))) for one in rows) for task, rows in found.items()}


@pytest.mark.neighbour
def test_probabilities_part_while_states_stay(subject, method, claim):
    """Share of the logits' cosine that the probabilities lack, where the base wrote, without a tenth of the layers."""
    case = claim.case("probabilities-part-while-states-stay", {"method": method, "ratio": TENTH})
    for base in case.looks(case.groups):
        plan = subject.plan(method, TENTH)
        found = near(subject, subject.variants.pruned(plan), {task: base[task] for task in case.tasks("parted")})
        of = {space: cosine(found, space) for space in SPACES}
        evidence = case.weigh(
            {
                "parted": [SeededTask(task, of["logits"][task], (of["probabilities"][task],)) for task in found],
                "states": [SeededTask(task, (1.0,) * len(of["states"][task]), (of["states"][task],)) for task in found],
            }
        )

    case.decide(
        evidence,
        effect=f"1 - cosine of probabilities / cosine of logits, without {plan.describe()}",
        results={"base": base},
        measurements={
            "removed": plan.describe(),
            "cosine": {space: mean_score(list(of[space].values())) for space in SPACES},
            "by_task": {space: {task: fmean(row) for task, row in of[space].items()} for space in SPACES},
        },
    )
