"""Claim 9 (v2 of the paper, abstract): more recovery training does not bring the lost reasoning back."""

from dataclasses import asdict, replace

import pytest

from harness.decide.seeds import recovered_retention, recovery_difference, remaining_loss
from harness.models.vocabulary import asked_with
from harness.recover.recipe import recipe_named
from harness.report.paper import paper_figure
from harness.tasks.pairs import seeded
from harness.tasks.suite import REASONING

TITLE = "After the largest recovery budget, reasoning still lacks part of its score"
MINIMUM = 0.05  # of retention
BUDGETS = (0.125, 0.25, 0.5, 1.0)  # of the run
EPOCHS = 2.0  # of the longest run; the other recovery checks train for one


@pytest.mark.trains(6)
def test_more_training_does_not_restore(subject, method, ratio, claim):
    """What is still lost after the whole run; beside it the curve over recovery tokens and its last doubling."""
    external = subject.corpus(subject.recoveries.corpora[0], EPOCHS)
    tasks, plan, seeds = REASONING[subject.tier], subject.plan(method, ratio), subject.training_seeds
    base = subject.evaluate(subject.whole, tasks)
    own, _ = subject.self_generated(external)
    recipe = replace(recipe_named(subject.recoveries.recipe), epochs=EPOCHS)
    variants = [subject.recover(plan, own, seed, BUDGETS, recipe) for seed in seeds]
    runs = [[subject.evaluate(run[place], tasks) for run in variants] for place in range(len(BUDGETS))]
    arms = [seeded(base, budget, tasks) for budget in runs]
    tokens = variants[0][-1].recovery.fit.tokens
    curve = {round(budget * tokens): recovered_retention(arm) for budget, arm in zip(BUDGETS, arms, strict=True)}

    claim.decide(
        "more-training-does-not-restore",
        TITLE,
        remaining_loss(arms[-1]),
        effect=f"1 - reasoning retention after {tokens} recovery tokens",
        unit="retention (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("more-training-does-not-restore", subject.loaded.label),
        params={"method": method, "ratio": ratio},
        seeds=tuple(seeds),
        results={"base": base} | {f"recovered seed {seed}": run for seed, run in zip(seeds, runs[-1], strict=True)},
        measurements={
            "removed": plan.describe(),
            "share_of_pretraining_tokens": subject.share_of_pretraining(tokens),
            "gain_of_the_last_doubling": recovery_difference(arms[-1], arms[-2]),
            "curve": {
                "x": "recovery tokens",
                "y": "reasoning retention",
                "points": [{"x": spent, **asdict(interval)} for spent, interval in curve.items()],
            },
        },
    )


def test_healed_checkpoint(subject, healed, claim):
    """A public depth-pruned checkpoint that was trained on, against its parent: `--model PARENT --healed REF`."""
    tasks = REASONING[subject.tier]
    base, trained = subject.evaluate(subject.whole, tasks), subject.evaluate(healed, tasks)
    words = asked_with(healed, subject.loaded)
    claim.decide(
        "more-training-does-not-restore",
        TITLE,
        remaining_loss(seeded(base, [trained], tasks)),
        effect=f"1 - reasoning retention of {healed.label} ({words})",
        unit="retention (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("more-training-does-not-restore", subject.loaded.label),
        params={"healed": healed.label},
        results={"base": base, "healed": trained},
        measurements={
            "depth": [subject.loaded.depth, healed.depth],
            "healed_fingerprint": healed.fingerprint,
            "asked_with": words,
        },
    )
