"""`recover`: a pruned variant, a corpus, a recipe and a seed become a recovered variant. Every arm passes here."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.models.fingerprint import fingerprint
from harness.models.load import LoadedModel
from harness.recover.corpus import Corpus
from harness.recover.encode import Encoded, encode_corpus
from harness.recover.fit import Fit
from harness.recover.guards import check_examples, fitting
from harness.recover.one_layer import every_token, layers_before_cuts
from harness.recover.recipe import Recipe, steps_at
from harness.recover.trainable import load_state, require_trainable, trainable
from harness.repair.repair import repaired
from harness.tasks.contamination import Contamination, contamination, require_clean
from harness.text.encode import room_of
from harness.text.ends import end_tokens

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.progress import Progress
    from harness.recover.keep import Runs, Tensors

CALIBRATION_TEXTS = 64  # examples that a repair looks at


@dataclass(frozen=True)
class Recovery:
    """How a variant was recovered; stored with every result."""

    recipe: Recipe
    corpus: str
    corpus_fingerprint: str
    seed: int
    fraction: float
    """Of the run after which the parameters were taken, 1 for its end."""
    examples: int
    """Examples trained on."""
    left_out: int
    """Examples too long to train on."""
    cut: int
    """Examples trained on without the end of their answer, for its length."""
    unusable: int
    """Rows of the corpus that have no prompt or no answer."""
    contamination: Contamination
    fit: Fit | None
    """None where nothing is trained."""


@dataclass(frozen=True)
class RecoveredModel(LoadedModel):
    """A variant that was recovered."""

    recovery: Recovery


def recover(
    variant: LoadedModel,
    corpus: Corpus,
    recipe: Recipe,
    seed: int,
    *,
    base: "PreTrainedModel | None" = None,
    avoid: Sequence[str] = (),
    store: Path | None = None,
    progress: "Progress | None" = None,
    thinking: bool = False,
) -> RecoveredModel:
    """A recovered variant; `variant` and its base keep their weights.

    Args:
        variant: a pruned model with its tokenizer.
        corpus: what to train on.
        recipe: how.
        seed: of the adapter's weights and the order of examples.
        base: the unpruned model, for recipes that learn from it.
        avoid: prompts of the evaluation items; none may be in the corpus.
        store: folder that keeps trained parameters, so that nothing is trained twice.
        progress: told about every step.
        thinking: whether prompts are rendered as for a model that is told to think, as it is asked afterwards.

    Raises:
        BadInput: a guard refuses the corpus or the recipe, before any training.
    """
    return recover_along(
        variant, corpus, recipe, seed, base=base, avoid=avoid, store=store, progress=progress, thinking=thinking
    )[-1]


def recover_along(
    variant: LoadedModel,
    corpus: Corpus,
    recipe: Recipe,
    seed: int,
    at: Sequence[float] = (1.0,),
    *,
    base: "PreTrainedModel | None" = None,
    avoid: Sequence[str] = (),
    store: Path | None = None,
    progress: "Progress | None" = None,
    thinking: bool = False,
) -> list[RecoveredModel]:
    """One run, and the variant after each fraction `at` of it (increasing, the last one 1).

    Raises:
        BadInput: as `recover`, or the fractions are not increasing shares that end with 1.
    """
    if list(at) != sorted(set(at)) or not at or not (at[0] > 0 and at[-1] == 1):
        raise BadInput(f"fractions {list(at)}: expected increasing shares above 0 that end with 1")
    require_trainable(variant.model, recipe)
    report = contamination([(e.id, e.prompt, e.answer) for e in corpus.examples], avoid)
    require_clean(report, corpus.name)
    examples, left_out, cut = checked(variant, corpus, recipe, thinking=thinking)
    needs_base = not recipe.has_training or recipe.has_teacher
    if needs_base and base is None:
        raise BadInput(f"recipe {recipe.name} learns from the unpruned model; give it as `base`")
    if recipe.target == "streams":
        assert base is not None
        layers_before_cuts(variant.model, base)  # for what it refuses
        examples = [every_token(example) for example in examples]

    def done(model: "PreTrainedModel", fraction: float, fit: Fit | None) -> RecoveredModel:
        recovery = Recovery(
            recipe=recipe,
            corpus=corpus.name,
            corpus_fingerprint=corpus.fingerprint,
            seed=seed,
            fraction=fraction,
            examples=len(examples),
            left_out=left_out,
            cut=cut,
            unusable=corpus.unusable,
            contamination=report,
            fit=fit,
        )
        return RecoveredModel(
            model, variant.tokenizer, fingerprint(model), variant.reference, recovery, form=variant.form
        )

    if not recipe.has_training:
        assert base is not None
        texts = [example.ids for example in examples[:CALIBRATION_TEXTS]]
        return [done(repaired(recipe.repair, variant, base, texts).model, 1.0, None)]
    teacher = base if recipe.has_teacher else None
    steps = [steps_at(recipe, len(examples), fraction) for fraction in at]  # of which the last are those of the run
    runs = _trained(variant, examples, recipe, seed, steps, teacher, store, progress)
    return [
        done(_with(variant.model, recipe, seed, runs[count][0], teacher), fraction, runs[count][1])
        for count, fraction in zip(steps, at, strict=True)
    ]


def checked(variant: LoadedModel, corpus: Corpus, recipe: Recipe, *, thinking: bool) -> tuple[list[Encoded], int, int]:
    """The encoded corpus, after every guard; how many examples are too long, and how many of the others were cut."""
    ends = end_tokens(variant.model, variant.tokenizer, chat=True).ids
    encoded = encode_corpus(corpus, variant.tokenizer, ends, thinking=thinking)
    check_examples(encoded, ends, variant.tokenizer.bos_token_id)
    examples = fitting(encoded, recipe.max_tokens, room_of(variant.model), cut=recipe.too_long == "cut")
    whole = set(encoded)
    return examples, len(encoded) - len(examples), sum(example not in whole for example in examples)


def _trained(
    variant: LoadedModel,
    examples: Sequence[Encoded],
    recipe: Recipe,
    seed: int,
    steps: Sequence[int],
    teacher: "PreTrainedModel | None",
    store: Path | None,
    progress: "Progress | None",
) -> "Runs":
    """The run after each number of steps: from the store what it has, the rest by training, on from a checkpoint."""
    from harness.recover.checkpoint import forget_checkpoint, load_checkpoint
    from harness.recover.entering import tail_of
    from harness.recover.keep import key_of, load_runs, note_run, training_alone
    from harness.recover.train import train, training_order
    from harness.recover.watch import Course

    key = key_of(variant, [(example.ids, example.labels) for example in examples], recipe, seed, steps[-1], teacher)
    with training_alone(store, key):
        kept = load_runs(store, key, steps)
        left = [count for count in steps if count not in kept]
        if not left:
            return kept
        told = {"model": variant.label, "fingerprint": variant.fingerprint, "recipe": recipe.name, "seed": seed}
        note_run(store, key, {**told, "examples": len(examples), "device": str(variant.model.device)})
        begun = load_checkpoint(store, key)
        order = training_order([len(example.ids) for example in examples], recipe.batch_size, max(left), seed)
        course = Course(
            [examples[index] for index in order], recipe, left, steps[-1], store, key,
            begun if begun is not None and begun.steps < min(left) else None,
        )  # fmt: skip
        embedding: Any = variant.model.get_input_embeddings()
        rows = int(embedding.weight.shape[0])  # a tokenizer may know more tokens than that
        pad = int(variant.tokenizer.pad_token_id or 0)
        pad = pad if pad < rows else 0
        twin = trainable(variant.model, recipe, seed, teacher)
        tail = tail_of(twin, variant, examples) if recipe.begins_frozen else None
        runs = train(twin, course, seed, pad, variant.model.dtype, teacher, progress, tail)
        forget_checkpoint(store, key)
    return kept | runs


def _with(
    model: "PreTrainedModel", recipe: Recipe, seed: int, values: "Tensors", base: "PreTrainedModel | None"
) -> "PreTrainedModel":
    """The variant as it is evaluated: an adapter that was trained on a 4-bit base stands on the variant's own weights.

    So do the authors serve theirs (2602.01997: 16-bit base and adapter), and so would anybody who deploys it.
    """
    return _twin_with(
        model, dataclasses.replace(recipe, trains="lora") if recipe.on_four_bits else recipe, seed, values, base
    )


def _twin_with(
    model: "PreTrainedModel", recipe: Recipe, seed: int, values: "Tensors", base: "PreTrainedModel | None" = None
) -> "PreTrainedModel":
    twin = trainable(model, recipe, seed, base)
    load_state(twin, values, model)
    twin.train(mode=False).requires_grad_(False)
    return twin


def on_four_bits(recovered: RecoveredModel, variant: LoadedModel) -> RecoveredModel:
    """A QLoRA recovery's adapter on the NF4 base that it was trained on: a measurement, never how it is evaluated.

    Args:
        recovered: made by `recover` from `variant`.
        variant: the pruned model.

    Raises:
        BadInput: the adapter was not trained on a 4-bit base.
    """
    if not recovered.recovery.recipe.on_four_bits:
        raise BadInput("a 4-bit base was asked for and the variant was not recovered on one; recover it with QLoRA")
    adapter: Tensors = {name: value for name, value in recovered.model.named_parameters() if ".lora_" in name}
    model = _twin_with(variant.model, recovered.recovery.recipe, recovered.recovery.seed, adapter)
    return dataclasses.replace(recovered, model=model, fingerprint=fingerprint(model))
