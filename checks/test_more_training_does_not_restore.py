"""Claim 9 (paper, abstract of v2 and v4): more recovery training does not bring the lost generation back."""

from dataclasses import asdict, replace

import pytest

from harness.decide.paper_designs import HEALED
from harness.decide.seeds import recovered_retention
from harness.models.vocabulary import asked_with
from harness.subject.beside import share_of_pretraining

BUDGETS = (0.125, 0.25, 0.5, 1.0)  # of the run
EPOCHS = 2.0  # of the longest run; the other recovery checks train for one


@pytest.mark.trains(6)
def test_more_training_does_not_restore(subject, method, ratio, claim):
    """What is still lost after the whole run; beside it the curve over recovery tokens."""
    subject.recoveries.require_training("more-training-does-not-restore")
    external = subject.recoveries.corpus(subject.recoveries.settings.corpora[0], EPOCHS)
    seeds = subject.recoveries.seeds
    case = claim.case("more-training-does-not-restore", {"method": method, "ratio": ratio}, seeds=seeds)
    recipe, variants = replace(subject.recoveries.recipe, epochs=EPOCHS), []
    for base in case.looks(case.groups):
        tasks, plan = case.tasks("hit"), subject.plan(method, ratio)
        pruned = subject.evaluate(plan, tasks, case.limit)
        own, _ = subject.recoveries.self_generated(external)
        variants = variants or [subject.recoveries.recover(plan, own, seed, BUDGETS, recipe) for seed in seeds]
        late = subject.evaluate_all([run[place] for place in (-1, -2) for run in variants], tasks, case.limit)
        last, earlier = (case.scores("hit", *runs) for runs in (late[: len(variants)], late[len(variants) :]))
        evidence = case.weigh({"hit": last, "earlier": earlier, "before": case.scores("hit", pruned)})
    every = iter(subject.evaluate_all([run[at] for at in range(len(BUDGETS)) for run in variants], tasks, case.limit))
    runs = [[next(every) for _ in variants] for _ in BUDGETS]
    arms = [case.scores("hit", *budget) for budget in runs]
    tokens = variants[0][-1].recovery.fit.tokens
    curve = {round(budget * tokens): recovered_retention(arm) for budget, arm in zip(BUDGETS, arms, strict=True)}

    case.decide(
        evidence,
        effect=f"1 - generative retention after {tokens} recovery tokens",
        results={"base": base, "pruned": pruned}
        | {f"recovered seed {seed}": run for seed, run in zip(seeds, runs[-1], strict=True)},
        measurements={
            "removed": plan.describe(),
            "share_of_pretraining_tokens": share_of_pretraining(subject.loaded, tokens),
            "curve": {
                "x": "recovery tokens",
                "y": "generative retention",
                "points": [{"x": spent, **asdict(interval)} for spent, interval in curve.items()],
            },
        },
    )


def test_healed_checkpoint(subject, healed, claim):
    """A public depth-pruned checkpoint that was trained on, against its parent: `--model PARENT --healed REF`."""
    case = claim.case(HEALED, {"healed": healed.label})
    for base in case.looks(case.groups):
        trained = subject.evaluate(healed, list(base), case.limit)
        evidence = case.weigh({"hit": case.scores("hit", trained)})
    words = asked_with(healed, subject.loaded)
    case.decide(
        evidence,
        effect=f"1 - generative retention of {healed.label} ({words})",
        results={"base": base, "healed": trained},
        measurements={
            "depth": [subject.loaded.depth, healed.depth],
            "healed_fingerprint": healed.fingerprint,
            "asked_with": words,
        },
    )
