"""Lu et al. (2411.15558): finetuning the last layers is at least as good as LoRA at equal data."""

import pytest

from harness.decide.seeds import recovered_retention, recovery_difference
from harness.recover.recipe import recipe_named, with_last_layers
from harness.report.paper import paper_figure
from harness.tasks.pairs import seeded
from harness.tasks.suite import CLASSIFICATION, GENERATIVE

TITLE = "Recovery by finetuning the last layers brings back at least as much generation as LoRA"
MINIMUM = -0.05  # of retention: no worse than this


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_partial_layers_match_lora(subject, method, ratio, claim):
    """Same plan, same examples, same seeds; retention after the last layers' recipe minus after LoRA's."""
    generative, tasks = GENERATIVE[subject.tier], (*GENERATIVE[subject.tier], *CLASSIFICATION[subject.tier])
    plan, base = subject.plan(method, ratio), subject.evaluate(subject.whole, tasks)
    own, _ = subject.self_generated(subject.corpus(subject.recoveries.corpora[0]))
    lora = recipe_named(subject.recoveries.recipe)
    recipes = {"lora": lora, "last layers": with_last_layers(lora)}
    variants = {
        name: [subject.recover(plan, own, seed, recipe=recipe)[-1] for seed in subject.training_seeds]
        for name, recipe in recipes.items()
    }
    runs = {name: [subject.evaluate(variant, tasks) for variant in made] for name, made in variants.items()}

    claim.decide(
        "partial-layers-match-lora",
        TITLE,
        recovery_difference(seeded(base, runs["last layers"], generative), seeded(base, runs["lora"], generative)),
        effect="generative retention, last layers - LoRA",
        unit="retention (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("partial-layers-match-lora", subject.loaded.label),
        params={"method": method, "ratio": ratio},
        seeds=tuple(subject.training_seeds),
        results={"base": base} | {f"{name} seed {s}": run for name, made in runs.items() for s, run in enumerate(made)},
        measurements={
            "removed": plan.describe(),
            "retention": {name: recovered_retention(seeded(base, made, generative)) for name, made in runs.items()},
            "classification_difference": recovery_difference(
                seeded(base, runs["last layers"], CLASSIFICATION[subject.tier]),
                seeded(base, runs["lora"], CLASSIFICATION[subject.tier]),
            ),
            "recoveries": {name: [variant.recovery for variant in made] for name, made in variants.items()},
        },
    )
