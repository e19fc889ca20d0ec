"""What a recovery takes, by its own arithmetic: the examples that it would see, in its order, step by step."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from harness.foresee.work import Beginning, Training
from harness.prune.surgery import expected_layers
from harness.recover.encode import encode_corpus
from harness.recover.entering import groups_of
from harness.recover.fit import Fit
from harness.recover.guards import fitting
from harness.recover.keep import key_of, load_runs
from harness.recover.one_layer import every_token
from harness.recover.recipe import steps_at
from harness.recover.recover import RecoveredModel, Recovery
from harness.recover.train import training_order
from harness.recover.trainable import LAST_LAYERS, trainable
from harness.tasks.contamination import contamination
from harness.text.encode import room_of
from harness.text.ends import end_tokens

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel
    from harness.recover.corpus import Corpus
    from harness.recover.encode import Encoded
    from harness.recover.recipe import Recipe


def passes_of(recipe: "Recipe") -> float:
    """Passes forward that a step's arithmetic comes to: forward, backward to what enters, and what the recipe adds."""
    return 2.0 + (recipe.trains == "full" or recipe.begins_frozen) + recipe.checkpointing + recipe.has_teacher


def _examples(
    variant: "LoadedModel", corpus: "Corpus", recipe: "Recipe", given: Mapping[str, Any]
) -> "tuple[list[Encoded], list[Encoded]]":
    """All examples, and those that fit."""
    ends = end_tokens(variant.model, variant.tokenizer, chat=True).ids
    encoded = encode_corpus(corpus, variant.tokenizer, ends, thinking=bool(given.get("thinking")))
    found = fitting(encoded, recipe.max_tokens, room_of(variant.model), cut=recipe.too_long == "cut")
    return encoded, [every_token(example) for example in found] if recipe.target == "streams" else found


def _beginning(model: "PreTrainedModel", examples: "Sequence[Encoded]", recipe: "Recipe") -> Beginning | None:
    """What runs once per example, of a model whose last layers alone are trained."""
    layers = expected_layers(model) - LAST_LAYERS
    if not recipe.begins_frozen or layers <= 0:
        return None
    groups = groups_of(example.ids for example in examples)
    return Beginning(layers, sum(len(row) for group in groups for row in group), len(groups))


def kept_whole(
    variant: "LoadedModel",
    corpus: "Corpus",
    recipe: "Recipe",
    seed: int,
    at: Sequence[float],
    given: Mapping[str, Any],
) -> bool:
    """Whether `recover_along` would find the whole run in the store, and train nothing."""
    if given["store"] is None or not recipe.has_training:
        return False
    _, examples = _examples(variant, corpus, recipe, given)
    steps = [steps_at(recipe, len(examples), fraction) for fraction in at]
    learned = [(example.ids, example.labels) for example in examples]
    teacher = given["base"] if recipe.has_teacher else None
    key = key_of(variant, learned, recipe, seed, steps[-1], teacher)
    return set(steps) <= load_runs(given["store"], key, steps).keys()


def stand_ins(
    variant: "LoadedModel",
    corpus: "Corpus",
    recipe: "Recipe",
    seed: int,
    at: Sequence[float],
    given: Mapping[str, Any],
) -> tuple[list[Training], list[RecoveredModel]]:
    """The run that `recover_along` would do, and a variant that stands for what it leaves after each fraction.

    Arguments and refusals are as of `recover_along`; only what the guards of test items look for is taken as done,
    since `subject.recoveries` has looked for it already.
    """
    encoded, examples = _examples(variant, corpus, recipe, given)
    model, runs = variant.model, []
    name = f"{variant.fingerprint} {corpus.fingerprint} {replace(recipe, epochs=0.0)} {seed}"
    if recipe.has_training:
        steps = steps_at(recipe, len(examples), 1.0)
        order = training_order([len(example.ids) for example in examples], recipe.batch_size, steps, seed)
        tokens = sum(len(examples[place].ids) for place in order)
        parts = steps * recipe.accumulation
        layers, first = expected_layers(model), _beginning(model, examples, recipe)
        layers -= first.layers if first is not None else 0
        runs = [Training(name, tokens, parts, layers, passes_of(recipe), first)]
        model = trainable(model, recipe, seed) if recipe.has_adapter else model  # some fold the adapter in
        model.train(mode=False).requires_grad_(False)
    report, fit = contamination([], []), Fit(0, sum(run.tokens for run in runs), 0, 0.0, (), {}) if runs else None
    left_out = len(encoded) - len(examples)
    digits = len(variant.fingerprint)
    return runs, [
        RecoveredModel(
            model,
            variant.tokenizer,
            hashlib.sha256(f"{name} {fraction}".encode()).hexdigest()[:digits],
            variant.reference,
            Recovery(recipe, corpus.name, corpus.fingerprint, seed, fraction, len(examples), left_out, 0,
                     corpus.unusable, report, fit),
        )
        for fraction in at
    ]  # fmt: skip
