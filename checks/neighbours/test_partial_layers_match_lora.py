"""Lu et al. (2411.15558): finetuning the last layers is at least as good as LoRA at equal data."""

import pytest

from harness.recover.recipe import with_last_layers

from .arms import arm, asked, decide, own_answers


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_partial_layers_match_lora(subject, method, ratio, claim):
    """Same plan, same examples, same seeds; retention after the last layers' recipe minus after LoRA's."""
    case, base = asked(claim, "partial-layers-match-lora", subject, method, ratio)
    plan, own = subject.plan(method, ratio), own_answers(subject)
    lora = subject.recoveries.recipe
    decide(
        case,
        base,
        subject,
        arm(subject, "last layers", plan, own, with_last_layers(lora)),
        arm(subject, "lora", plan, own, lora),
        effect="generative retention, last layers - LoRA",
        measurements={"removed": plan.describe()},
    )
