"""Claim 6 (paper, Table 2): a pruned model recovers better on its own unpruned answers than on another author's."""

import pytest

from harness.decide.aside import aside
from harness.decide.seeds import recovered_retention, recovery_difference
from harness.recover.corpus import on_prompts_of, shuffled


@pytest.mark.trains(7)
def test_self_generated_beats_external(subject, method, ratio, corpus, claim):
    """Same prompts, same recipe and seeds; generative retention of one minus the other.

    The external corpus is cut to the prompts that have an own answer, should a filter have left some out.
    """
    subject.recoveries.require_training("self-generated-beats-external")
    external, seeds = subject.recoveries.corpus(corpus), subject.recoveries.seeds
    params = {"method": method, "ratio": ratio, "corpus": external.name}
    case = claim.case("self-generated-beats-external", params, seeds=seeds)
    tasks, models = case.groups["first"], {}

    def trained(learned, runs):
        return {seed: subject.recoveries.recover(plan, learned, seed)[-1] for seed in runs}

    for base in case.looks(case.groups):
        plan = subject.plan(method, ratio)
        pruned = subject.evaluate(plan, tasks, case.limit)
        own, written = subject.recoveries.self_generated(external)
        # own answers are trained on last: another check does so too, and a second worker may have done it by then
        models = models or {
            "external": trained(on_prompts_of(external, own), seeds),
            "shuffled": trained(shuffled(own, 0), [0]),
            "own": trained(own, seeds),
        }
        every = [model for runs in models.values() for model in runs.values()]
        results = iter(subject.evaluate_all(every, tasks, case.limit))
        answered = {name: {seed: next(results) for seed in runs} for name, runs in models.items()}
        arms = {name: case.scores("first", *runs.values()) for name, runs in answered.items()}
        before = case.scores("first", pruned)
        evidence = case.weigh({"first": arms["own"], "second": arms["external"], "before": before})

    case.decide(
        evidence,
        effect=f"generative retention, self-generated - {external.name}",
        results={"base": base, "pruned": pruned}
        | {f"{name} seed {seed}": found for name, runs in answered.items() for seed, found in runs.items()},
        measurements={
            "removed": plan.describe(),
            "retention_before_recovery": recovered_retention(before),
            "retention": {name: recovered_retention(arm) for name, arm in arms.items()},
            "shuffled_control_gain": aside(recovery_difference, arms["shuffled"], before),
            "self_generation": written,
            "recoveries": {name: [model.recovery for model in runs.values()] for name, runs in models.items()},
        },
    )
