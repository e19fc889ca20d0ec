"""Claim 8 (paper, Fig. 6 and Table 6): without a tenth of the layers, recovered generation keeps most of its score."""

import pytest

from harness.decide.seeds import recovered_retention

LOW = 0.10


@pytest.mark.trains(3)
def test_low_ratios_are_viable(subject, method, claim):
    """Generative retention after a recovery of the model without a tenth of its layers; beside it, before."""
    if not subject.recoveries.recipe.has_training:
        subject.recoveries.require_plan(subject.plan(method, LOW))  # before anything is generated
    external, seeds = subject.recoveries.corpus(subject.recoveries.settings.corpora[0]), subject.recoveries.seeds
    case = claim.case("low-ratios-are-viable", {"method": method}, seeds=seeds)
    variants = []
    for base in case.looks(case.groups):
        plan = subject.plan(method, LOW)
        pruned = subject.evaluate(plan, list(base), case.limit)
        own, written = subject.recoveries.self_generated(external)
        variants = variants or [subject.recoveries.recover(plan, own, seed)[-1] for seed in seeds]
        runs = subject.evaluate_all(variants, list(base), case.limit)
        hit, before = case.scores("hit", *runs), case.scores("hit", pruned)
        evidence = case.weigh({"hit": hit, "before": before})

    case.decide(
        evidence,
        effect=f"generative retention without {len(plan.removed)} of {subject.loaded.depth} layers, recovered",
        results={"base": base, "pruned": pruned}
        | {f"recovered seed {seed}": run for seed, run in zip(seeds, runs, strict=True)},
        measurements={
            "removed": plan.describe(),
            "retention_before_recovery": recovered_retention(before, corrected=True),
            "retention": {task.name: recovered_retention([task], corrected=True) for task in hit},
            "self_generation": written,
            "recoveries": [variant.recovery for variant in variants],
        },
    )
