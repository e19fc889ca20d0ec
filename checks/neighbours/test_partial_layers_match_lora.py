"""Lu et al. (2411.15558): finetuning the last layers is at least as good as LoRA at equal data."""

import pytest

from harness.recover.recipe import with_last_layers

from .arms import by_recipes, decide, opened


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_partial_layers_match_lora(subject, method, ratio, claim):
    """Same plan, same examples, same seeds; retention after the last layers' recipe minus after LoRA's."""
    case, lora = opened(claim, "partial-layers-match-lora", subject, method, ratio), subject.recoveries.recipe

    decide(
        case,
        subject,
        by_recipes(subject, method, ratio, {"last layers": with_last_layers(lora), "lora": lora}),
        effect="generative retention, last layers - LoRA",
        measured=lambda first, _: {"removed": first.before.describe()},
    )
