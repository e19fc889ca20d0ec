"""Lu et al. (2411.15558): after finetuning, removing the deepest layers is at least as good as a criterion's choice."""

import pytest

from harness.decide.seeds import recovered_retention, recovery_difference
from harness.report.paper import paper_figure
from harness.tasks.pairs import seeded
from harness.tasks.suite import CLASSIFICATION, GENERATIVE

TITLE = "After recovery, the model without its deepest layers generates at least as well as without the criterion's"
MINIMUM = -0.05  # of retention: no worse than this


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_reverse_suffices_after_finetuning(subject, method, ratio, claim):
    """Same examples, same recipe, same seeds; retention without the deepest layers minus without the method's."""
    generative, tasks = GENERATIVE[subject.tier], (*GENERATIVE[subject.tier], *CLASSIFICATION[subject.tier])
    base = subject.evaluate(subject.whole, tasks)
    own, _ = subject.self_generated(subject.corpus(subject.recoveries.corpora[0]))
    plans = {"reverse": subject.plan("reverse", ratio), "criterion": subject.plan(method, ratio)}
    variants = {
        name: [subject.recover(plan, own, seed)[-1] for seed in subject.training_seeds] for name, plan in plans.items()
    }
    runs = {name: [subject.evaluate(variant, tasks) for variant in made] for name, made in variants.items()}

    claim.decide(
        "reverse-suffices-after-finetuning",
        TITLE,
        recovery_difference(seeded(base, runs["reverse"], generative), seeded(base, runs["criterion"], generative)),
        effect=f"generative retention, reverse - {method}",
        unit="retention (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("reverse-suffices-after-finetuning", subject.loaded.label),
        params={"method": method, "ratio": ratio},
        seeds=tuple(subject.training_seeds),
        results={"base": base} | {f"{name} seed {s}": run for name, made in runs.items() for s, run in enumerate(made)},
        measurements={
            "removed": {name: plan.describe() for name, plan in plans.items()},
            "retention": {name: recovered_retention(seeded(base, made, generative)) for name, made in runs.items()},
            "classification_difference": recovery_difference(
                seeded(base, runs["reverse"], CLASSIFICATION[subject.tier]),
                seeded(base, runs["criterion"], CLASSIFICATION[subject.tier]),
            ),
            "recoveries": {name: [variant.recovery for variant in made] for name, made in variants.items()},
        },
    )
