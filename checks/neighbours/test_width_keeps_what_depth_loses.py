"""Minitron (2408.11796): at equal parameters and recovery tokens, width keeps generation that depth loses."""

import pytest

from harness.decide.seeds import recovered_retention, recovery_difference
from harness.prune.structure import text_config
from harness.prune.width import parameter_count
from harness.report.paper import paper_figure
from harness.tasks.pairs import seeded
from harness.tasks.suite import CLASSIFICATION, GENERATIVE

TITLE = "After recovery, the narrower model generates better than the shallower one of as many parameters"
MINIMUM = 0.10  # of retention; the source's GSM8K: .50


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_width_keeps_what_depth_loses(subject, method, ratio, claim):
    """Same number of parameters, same examples, recipe and seeds; retention of the narrower minus the shallower."""
    generative, tasks = GENERATIVE[subject.tier], (*GENERATIVE[subject.tier], *CLASSIFICATION[subject.tier])
    base, plan = subject.evaluate(subject.whole, tasks), subject.plan(method, ratio)
    shallower = subject.pruned(plan)
    pruned = {"depth": shallower, "width": subject.narrowed(parameter_count(shallower.model))}
    own, _ = subject.self_generated(subject.corpus(subject.recoveries.corpora[0]))
    variants = {
        name: [subject.recover(model, own, seed)[-1] for seed in subject.training_seeds]
        for name, model in pruned.items()
    }
    before = {name: subject.evaluate(model, tasks) for name, model in pruned.items()}
    runs = {name: [subject.evaluate(variant, tasks) for variant in made] for name, made in variants.items()}

    claim.decide(
        "width-keeps-what-depth-loses",
        TITLE,
        recovery_difference(seeded(base, runs["width"], generative), seeded(base, runs["depth"], generative)),
        effect="generative retention after recovery, width - depth",
        unit="retention (fraction)",
        minimum=MINIMUM,
        paper=paper_figure("width-keeps-what-depth-loses", subject.loaded.label),
        params={"method": method, "ratio": ratio},
        seeds=tuple(subject.training_seeds),
        results={"base": base, **before}
        | {f"{name} seed {s}": run for name, made in runs.items() for s, run in enumerate(made)},
        measurements={
            "removed_layers": plan.describe(),
            "parameters": {
                name: parameter_count(found.model) for name, found in {"base": subject.loaded, **pruned}.items()
            },
            "neurons": {
                name: text_config(found.model).intermediate_size
                for name, found in {"base": subject.loaded, **pruned}.items()
            },
            "retention": {
                f"{name}, {group}{when}": recovered_retention(seeded(base, made, named))
                for name in pruned
                for group, named in (("generation", generative), ("classification", CLASSIFICATION[subject.tier]))
                for when, made in ((" before recovery", [before[name]]), (" recovered", runs[name]))
            },
            "recoveries": {name: [variant.recovery for variant in made] for name, made in variants.items()},
        },
    )
