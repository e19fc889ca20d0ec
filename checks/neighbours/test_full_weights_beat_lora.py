"""Shortened LLaMA (2402.02834): at severe ratios, training all weights brings back more than LoRA."""

import pytest

from harness.recover.recipe import recipe_named, with_all_weights

from .arms import by_recipes, decide, opened

SEVERE = 0.40


@pytest.mark.neighbour
@pytest.mark.trains(2)
def test_full_weights_beat_lora(subject, method, claim):
    """Same plan, same examples, same seeds; retention after all weights were trained minus after LoRA."""
    case = opened(claim, "full-weights-beat-lora", subject, method, SEVERE)
    lora = subject.recoveries.recipe
    full = with_all_weights(lora, recipe_named(subject.recoveries.settings.aligned_recipe).learning_rate)
    subject.recoveries.corpus(subject.recoveries.settings.corpora[0], recipe=full, ratio=SEVERE)  # for what it refuses

    decide(
        case,
        subject,
        by_recipes(subject, method, SEVERE, {"all weights": full, "lora": lora}),
        effect="generative retention, all weights - LoRA",
        measured=lambda first, _: {"removed": first.before.describe()},
    )
