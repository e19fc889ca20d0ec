"""Minitron (2408.11796): at equal parameters and recovery tokens, width keeps generation that depth loses."""

import pytest

from harness.models.structure import text_config
from harness.prune.width import parameter_count

from .arms import arm, asked, decide, own_answers


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_width_keeps_what_depth_loses(subject, method, ratio, claim):
    """Same number of parameters, same examples, recipe and seeds; retention of the narrower minus the shallower."""
    case, base = asked(claim, "width-keeps-what-depth-loses", subject, method, ratio)
    plan, own = subject.plan(method, ratio), own_answers(subject)
    shallower = subject.variants.pruned(plan)
    models = {"width": subject.narrowed(parameter_count(shallower.model)), "depth": shallower}
    decide(
        case,
        base,
        subject,
        *(arm(subject, name, model, own) for name, model in models.items()),
        effect="generative retention after recovery, width - depth",
        measurements={
            "removed": plan.describe(),
            "size": {
                name: {
                    "parameters": parameter_count(model.model),
                    "neurons": text_config(model.model).intermediate_size,
                }
                for name, model in {"base": subject.loaded, **models}.items()
            },
        },
    )
