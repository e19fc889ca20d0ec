"""Claim 7 (paper, Table 2 and A.6.2): after the best recovery, generation still lags behind classification."""

import pytest

from harness.decide.aside import aside
from harness.decide.bootstrap import score_drop
from harness.decide.seeds import recovered_retention, remaining_loss
from harness.probe.transitions import transition_rows, transitions
from harness.subject.beside import rise_by_merging, rise_on_four_bits
from harness.tasks.pairs import paired, seeded
from harness.tasks.suite import ARITHMETIC
from harness.tiers import TIERS


@pytest.mark.trains(4)
def test_recovery_ceiling(subject, method, ratio, claim):
    """Classification minus generation after recovery; beside it arithmetic, and a run aligned to the task."""
    if not subject.recoveries.recipe.has_training:
        subject.recoveries.require_plan(subject.plan(method, ratio))  # before anything is generated
    recipe, aligned_with = subject.recoveries.aligned_recipe(ratio)
    external = subject.recoveries.corpus(subject.recoveries.settings.corpora[0], ratio=ratio)
    same_task = subject.recoveries.corpus(subject.recoveries.settings.aligned, recipe=recipe, ratio=ratio)
    case = claim.case("recovery-ceiling", {"method": method, "ratio": ratio}, seeds=subject.recoveries.seeds)
    generative, reasoning, variants = case.groups["hit"], (TIERS[subject.tier].worked,), []
    for base in case.looks(case.groups, beside=(*ARITHMETIC, *reasoning)):
        plan = subject.plan(method, ratio)
        pruned = subject.evaluate(plan, generative, case.limit)
        own, written = subject.recoveries.self_generated(external)
        variants = variants or [subject.recoveries.recover(plan, own, seed)[-1] for seed in subject.recoveries.seeds]
        runs = subject.evaluate_all(variants, list(base), case.limit)
        spared, hit, before = case.scores("spared", *runs), case.scores("hit", *runs), case.scores("hit", pruned)
        evidence = case.weigh({"spared": spared, "hit": hit, "before": before})

    aligned, _ = subject.recoveries.self_generated(same_task)
    aligned_runs = [
        (variant.recovery, subject.evaluate(variant, reasoning, case.limit))
        for seed in subject.recoveries.seeds
        for variant in subject.recoveries.recover(plan, aligned, seed, recipe=recipe)
    ]

    case.decide(
        evidence,
        effect="classification - generative retention after recovery",
        results={"base": base, "pruned": pruned} | {f"recovered seed {seed}": run for seed, run in enumerate(runs)},
        measurements={
            "removed": plan.describe(),
            "classification_retention": recovered_retention(spared, corrected=True),
            "generative_retention": recovered_retention(hit, corrected=True),
            "retention_before_recovery": recovered_retention(before, corrected=True),
            "retention": {task.name: recovered_retention([task], corrected=True) for task in (*spared, *hit)},
            "arithmetic_still_lost": {task: score_drop(paired(base, runs[0], [task])[0]) for task in ARITHMETIC},
            "lost_after_aligned_recovery": aside(
                remaining_loss, seeded(base, [run for _, run in aligned_runs], reasoning)
            ),
            "aligned_recipe": aligned_with,
            "aligned_recoveries": [recovery for recovery, _ in aligned_runs],
            "merged_minus_adapter_on": rise_by_merging(subject, variants[0], reasoning, case.limit),
            "four_bit_base_minus_own": rise_on_four_bits(subject, variants[0], plan, reasoning, case.limit),
            "transitions": {
                task: transition_rows(transitions(base[task], pruned[task], runs[0][task]))
                for task in generative
                if base[task].kind != "summary"
            },
            "self_generation": written,
            "recoveries": [variant.recovery for variant in variants],
        },
    )
