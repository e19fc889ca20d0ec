"""Lu et al. (2411.15558): finetuning the last layers is at least as good as LoRA at equal data."""

import pytest

from harness.recover.recipe import recipe_named, with_last_layers

from .arms import decide, every_seed, own_answers

TITLE = "Recovery by finetuning the last layers brings back at least as much generation as LoRA"
MINIMUM = -0.05  # of retention: no worse than this


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_partial_layers_match_lora(subject, method, ratio, claim):
    """Same plan, same examples, same seeds; retention after the last layers' recipe minus after LoRA's."""
    own, plan, lora = own_answers(subject), subject.plan(method, ratio), recipe_named(subject.recoveries.recipe)
    arms = {
        "last layers": every_seed(subject, plan, own, with_last_layers(lora)),
        "lora": every_seed(subject, plan, own, lora),
    }
    decide(
        claim,
        subject,
        arms,
        claim_id="partial-layers-match-lora",
        title=TITLE,
        minimum=MINIMUM,
        effect="generative retention, last layers - LoRA",
        params={"method": method, "ratio": ratio},
        measurements={"removed": plan.describe()},
    )
