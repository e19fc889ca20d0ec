"""ReplaceMe (2505.02819), Prune&Comp (2507.18212): what is lost with a quarter of the layers comes back untrained."""

import pytest

from harness.decide.aside import aside
from harness.decide.neighbour_designs import REPAIRS
from harness.decide.seeds import recovered_retention, recovery_difference
from harness.errors import BadInput, DoesNotFit
from harness.subject.beside import loss_on_running_text
from harness.tasks.suite import ARITHMETIC


def mended(subject, plan):
    """Each repair's model, or why it does not fit this one; whatever else is refused ends the check."""
    models, refused = {}, {}
    for name in REPAIRS:
        try:
            models[name] = subject.repaired(plan, name)
        except DoesNotFit as error:
            refused[name] = str(error)
    if not models:
        raise BadInput(f"no repair can be made of {subject.loaded.label} without {plan.describe()}: {refused}")
    return models, refused


@pytest.mark.neighbour
def test_a_repair_restores_arithmetic(subject, method, ratio, claim):
    """The best retention after any repair that fits this model, net of guessing."""
    case = claim.case("a-repair-restores-arithmetic", {"method": method, "ratio": ratio})
    plan = subject.plan(method, ratio)
    models, refused = mended(subject, plan)  # for what it refuses: before the model is asked
    for base in case.looks(case.groups, beside=ARITHMETIC):
        pruned = subject.evaluate(plan, ARITHMETIC, case.limit)
        after = {name: subject.evaluate(model, ARITHMETIC, case.limit) for name, model in models.items()}
        evidence = case.weigh(
            {name: case.scores(name, found) for name, found in after.items()}
            | {"before": case.scores(REPAIRS[0], pruned)}
        )

    retention = {name: recovered_retention(evidence[name], corrected=True) for name in ("before", *models)}
    best = max(models, key=lambda name: retention[name].estimate)
    covered = f"{len(models)} repairs" if not refused else f"the repairs that fit it ({', '.join(models)})"
    everyone = {"base": subject.loaded, "pruned": subject.variants.pruned(plan)} | models
    case.decide(
        evidence,
        effect=f"arithmetic retention after {best}, the best of {covered}, without {plan.describe()}",
        results={"base": base, "pruned": pruned} | {f"repaired by {name}": found for name, found in after.items()},
        measurements={
            "removed": plan.describe(),
            "repaired_on": subject.choices.calibrated_on(None),
            "refused": refused,
            "best": best,
            "retention": retention,
            "brought_back": {name: aside(recovery_difference, evidence[name], evidence["before"]) for name in models},
            "loss_on_running_text": loss_on_running_text(subject, everyone),
        },
    )
