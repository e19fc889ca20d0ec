"""Claim 7 (paper, Table 2 and A.6.2): after the best recovery, generation still lags behind classification."""

import pytest

from harness.decide.bootstrap import score_drop
from harness.decide.seeds import recovered_gap, recovered_retention, remaining_loss
from harness.probe.transitions import transition_rows, transitions
from harness.report.paper import paper_figure
from harness.tasks.pairs import paired, seeded
from harness.tasks.suite import ARITHMETIC, CLASSIFICATION, GENERATIVE, REASONING_FORMS, require_items

TITLE = "After recovery on self-generated answers, classification still keeps more of its score than generation"
MINIMUM = 0.10  # of retention; the paper reports .27


@pytest.mark.trains(4)
def test_recovery_ceiling(subject, method, ratio, claim):
    """Classification minus generation after recovery; beside it arithmetic, and a run aligned to the task."""
    classification, generative = CLASSIFICATION[subject.tier], GENERATIVE[subject.tier]
    tasks = (*classification, *generative, *ARITHMETIC)
    require_items(tasks, subject.tier, subject.data)
    recipe, aligned_with = subject.aligned_recipe(ratio)
    external = subject.corpus(subject.recoveries.corpora[0], ratio=ratio)
    same_task = subject.corpus(subject.recoveries.aligned, recipe=recipe, ratio=ratio)
    plan = subject.plan(method, ratio)
    base = subject.evaluate(subject.whole, tasks)
    own, written = subject.self_generated(external)
    variants = [subject.recover(plan, own, seed)[-1] for seed in subject.training_seeds]
    runs = [subject.evaluate(variant, tasks) for variant in variants]
    pruned = subject.evaluate(plan, generative)

    reasoning = REASONING_FORMS[subject.tier].generated
    aligned, _ = subject.self_generated(same_task)
    aligned_runs = [
        (variant.recovery, subject.evaluate(variant, reasoning))
        for seed in subject.training_seeds
        for variant in subject.recover(plan, aligned, seed, recipe=recipe)
    ]

    claim.decide(
        "recovery-ceiling",
        TITLE,
        recovered_gap(seeded(base, runs, classification), seeded(base, runs, generative)),
        effect="classification - generative retention after recovery",
        unit="retention (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("recovery-ceiling", subject.loaded.label),
        params={"method": method, "ratio": ratio},
        seeds=tuple(subject.training_seeds),
        results={"base": base} | {f"recovered seed {seed}": run for seed, run in enumerate(runs)},
        measurements={
            "removed": plan.describe(),
            "classification_retention": recovered_retention(seeded(base, runs, classification)),
            "generative_retention": recovered_retention(seeded(base, runs, generative)),
            "retention": {
                task: recovered_retention(seeded(base, runs, [task])) for task in (*classification, *generative)
            },
            "arithmetic_still_lost": {task: score_drop(paired(base, runs[0], [task])[0]) for task in ARITHMETIC},
            "lost_after_aligned_recovery": remaining_loss(seeded(base, [run for _, run in aligned_runs], reasoning)),
            "aligned_recipe": aligned_with,
            "aligned_recoveries": [recovery for recovery, _ in aligned_runs],
            "merged_minus_adapter_on": subject.rise_by_merging(variants[0], reasoning),
            "four_bit_base_minus_own": subject.rise_on_four_bits(variants[0], plan, reasoning),
            "transitions": {
                task: transition_rows(transitions(base[task], pruned[task], runs[0][task]))
                for task in generative
                if base[task].group != "summary"
            },
            "self_generation": written,
            "recoveries": [variant.recovery for variant in variants],
        },
    )
