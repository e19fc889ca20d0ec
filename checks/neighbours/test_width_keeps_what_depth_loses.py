"""Minitron (2408.11796): at equal parameters and recovery tokens, width keeps generation that depth loses."""

import pytest

from harness.models.structure import text_config
from harness.prune.width import parameter_count

from .arms import arm, decide, opened


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_width_keeps_what_depth_loses(subject, method, ratio, claim):
    """Same number of parameters, same examples, recipe and seeds; retention of the narrower minus the shallower."""

    def arms():
        shallower = subject.variants.pruned(subject.plan(method, ratio))
        models = {"width": subject.narrowed(parameter_count(shallower.model)), "depth": shallower}
        return [arm(subject, name, model, subject.recoveries.own_answers) for name, model in models.items()]

    def measured(*both):
        return {
            "removed": subject.plan(method, ratio).describe(),
            "size": {
                name: {
                    "parameters": parameter_count(model.model),
                    "neurons": text_config(model.model).intermediate_size,
                }
                for name, model in {"base": subject.loaded, **{arm.name: arm.before for arm in both}}.items()
            },
        }

    decide(
        opened(claim, "width-keeps-what-depth-loses", subject, method, ratio),
        subject,
        arms,
        effect="generative retention after recovery, width - depth",
        measured=measured,
    )
