"""Minitron (2408.11796): at equal parameters and recovery tokens, width keeps generation that depth loses."""

import pytest

from harness.decide.bootstrap import retention_interval
from harness.prune.structure import text_config
from harness.prune.width import parameter_count
from harness.tasks.pairs import paired
from harness.tasks.suite import CLASSIFICATION, GENERATIVE

from .arms import decide, every_seed, own_answers

TITLE = "After recovery, the narrower model generates better than the shallower one of as many parameters"
MINIMUM = 0.10  # of retention; the source's GSM8K: .50


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_width_keeps_what_depth_loses(subject, method, ratio, claim):
    """Same number of parameters, same examples, recipe and seeds; retention of the narrower minus the shallower."""
    groups = {"generation": GENERATIVE[subject.tier], "classification": CLASSIFICATION[subject.tier]}
    tasks = [task for named in groups.values() for task in named]
    plan, own, base = subject.plan(method, ratio), own_answers(subject), subject.evaluate(subject.whole, tasks)
    shallower = subject.pruned(plan)
    models = {"width": subject.narrowed(parameter_count(shallower.model)), "depth": shallower}
    before = {name: subject.evaluate(model, tasks) for name, model in models.items()}
    decide(
        claim,
        subject,
        {name: every_seed(subject, model, own) for name, model in models.items()},
        claim_id="width-keeps-what-depth-loses",
        title=TITLE,
        minimum=MINIMUM,
        effect="generative retention after recovery, width - depth",
        params={"method": method, "ratio": ratio},
        measurements={
            "removed": plan.describe(),
            "retention_before_recovery": {
                f"{name}, {group}": retention_interval(paired(base, before[name], named))
                for name in models
                for group, named in groups.items()
            },
            "size": {
                name: {
                    "parameters": parameter_count(model.model),
                    "neurons": text_config(model.model).intermediate_size,
                }
                for name, model in {"base": subject.loaded, **models}.items()
            },
        },
    )
