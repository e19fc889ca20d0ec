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
    external, seeds = subject.recoveries.corpus(corpus), subject.recoveries.seeds
    params = {"method": method, "ratio": ratio, "corpus": external.name}
    case = claim.case("self-generated-beats-external", params, seeds=seeds)
    base = case.base(case.groups)
    tasks = case.groups["first"]
    plan = subject.plan(method, ratio)
    pruned = subject.evaluate(plan, tasks)
    arms, results, logs = {}, {"base": base, "pruned": pruned}, {}

    def run(name, learned, runs):
        recovered = [subject.recoveries.recover(plan, learned, seed)[-1] for seed in runs]
        evaluated = [subject.evaluate(variant, tasks) for variant in recovered]
        arms[name], logs[name] = case.scores("first", *evaluated), [variant.recovery for variant in recovered]
        results.update({f"{name} seed {seed}": answers for seed, answers in zip(runs, evaluated, strict=True)})

    # own answers are trained on last: another check does so too, and a second worker may have done it by then
    own, written = subject.recoveries.self_generated(external)
    run("external", on_prompts_of(external, own), seeds)
    run("shuffled", shuffled(own, 0), [0])
    run("own", own, seeds)

    before = case.scores("first", pruned)
    case.decide(
        {"first": arms["own"], "second": arms["external"], "before": before},
        effect=f"generative retention, self-generated - {external.name}",
        results=results,
        measurements={
            "removed": plan.describe(),
            "retention_before_recovery": recovered_retention(before),
            "retention": {name: recovered_retention(arm) for name, arm in arms.items()},
            "shuffled_control_gain": aside(recovery_difference, arms["shuffled"], before),
            "self_generation": written,
            "recoveries": logs,
        },
    )
