"""ReplaceMe (2505.02819), Prune&Comp (2507.18212): what is lost with a quarter of the layers comes back untrained."""

import pytest

from harness.decide.aside import aside
from harness.decide.neighbour_designs import REPAIRS
from harness.decide.seeds import recovered_retention, recovery_difference
from harness.errors import BadInput
from harness.subject.beside import loss_on_running_text
from harness.tasks.suite import ARITHMETIC


def mended(subject, plan):
    """Each repair's model, or why it cannot repair this one."""
    models, refused = {}, {}
    for name in REPAIRS:
        try:
            models[name] = subject.repaired(plan, name)
        except BadInput as error:
            refused[name] = str(error)
    if not models:
        raise BadInput(f"no repair can be made of {subject.loaded.label} without {plan.describe()}: {refused}")
    return models, refused


@pytest.mark.neighbour
def test_a_repair_restores_arithmetic(subject, method, ratio, claim):
    """The best retention after any repair, net of guessing; who cannot repair this model leaves it as it was."""
    case, made = claim.case("a-repair-restores-arithmetic", {"method": method, "ratio": ratio}), None
    for base in case.looks(case.groups, beside=ARITHMETIC):
        plan = subject.plan(method, ratio)
        models, refused = made = made or mended(subject, plan)
        pruned = subject.evaluate(plan, ARITHMETIC, case.limit)
        after = {name: subject.evaluate(model, ARITHMETIC, case.limit) for name, model in models.items()}
        evidence = case.weigh(
            {name: case.scores(name, after.get(name, pruned)) for name in REPAIRS}
            | {"before": case.scores(REPAIRS[0], pruned)}
        )

    everyone = {"base": subject.loaded, "pruned": subject.variants.pruned(plan)} | models
    case.decide(
        evidence,
        effect=f"arithmetic retention after the best of {len(models)} repairs, without {plan.describe()}",
        results={"base": base, "pruned": pruned} | {f"repaired by {name}": found for name, found in after.items()},
        measurements={
            "removed": plan.describe(),
            "repaired_on": subject.choices.calibrated_on(None),
            "refused": refused,
            "retention": {name: recovered_retention(evidence[name], corrected=True) for name in ("before", *models)},
            "brought_back": {name: aside(recovery_difference, evidence[name], evidence["before"]) for name in models},
            "loss_on_running_text": loss_on_running_text(subject, everyone),
        },
    )
