"""A recovery's training: ours against TRL's, and the last layers' with frozen ones run once against in every step."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from harness.bench.setting import Setting, row
from harness.bench.trl_sft import NAME, require_trl, sft
from harness.bench.turns import Compared, Work, compare
from harness.models.load import LoadedModel
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.prune.ratio import layer_count
from harness.recover.encode import Encoded
from harness.recover.entering import tail_of
from harness.recover.recipe import Recipe, with_last_layers
from harness.recover.recover import checked
from harness.recover.train import train, training_order
from harness.recover.trainable import trainable
from harness.recover.watch import LOGGED_EVERY, Course

STEPS = 2 * LOGGED_EVERY
EPOCHS, SEEDS = 2, 3
RATIO = 0.25
NEAR = 0.02
"""Share by which two points of a loss curve may differ: the same sums in another order, step after step."""
Curve = Sequence[tuple[int, float]]
_TIMES = itertools.count()


@row("recovery")
def recovery(setting: Setting) -> Compared:
    """Ten steps of the tier's recipe with an adapter on the tier's first corpus, a quarter of the layers removed.

    Raises:
        BadInput: TRL is not installed, or the corpus cannot be had.
    """
    require_trl()
    variant, recipe = _pruned(setting), _adapted(setting.subject.recoveries.recipe)
    examples = _examples(setting, variant, recipe)
    order = training_order([len(one.ids) for one in examples], recipe.batch_size, STEPS, 0)
    seen = [examples[index] for index in order]
    theirs = [
        Work(name, partial(sft, variant.model, variant.tokenizer, seen, recipe, STEPS, 0, recompute=recompute))
        for name, recompute in (("as by default", True), ("keeping activations", False))
    ]
    ours = Work(f"recipe {recipe.name}", lambda: [_trained(variant, seen, recipe, STEPS, 0, examples=None)])
    return compare(setting, "recovery", NAME, ours, theirs, lambda mine, other: differing(mine, [other]))


@row("recovery_last_layers")
def recovery_last_layers(setting: Setting) -> Compared:
    """Two epochs by three seeds of the last layers alone, as many examples as five steps take.

    Raises:
        BadInput: the corpus cannot be had.
    """
    variant = _pruned(setting)
    recipe = with_last_layers(_adapted(setting.subject.recoveries.recipe))
    examples = _examples(setting, variant, recipe)[: LOGGED_EVERY * recipe.batch_size]
    steps = EPOCHS * len(examples) // recipe.batch_size

    def curves(*, apart: bool) -> list[Curve]:
        fresh = replace(variant, fingerprint=f"{variant.fingerprint} {next(_TIMES)}")  # of which nothing is kept yet
        found = []
        for seed in range(SEEDS):
            order = training_order([len(one.ids) for one in examples], recipe.batch_size, steps, seed)
            seen = [examples[index] for index in order]
            found.append(_trained(fresh, seen, recipe, steps, seed, examples if apart else None))
        return found

    ours = Work("frozen layers once", lambda: curves(apart=True))
    theirs = Work("the same recipe", lambda: curves(apart=False))
    return compare(setting, "recovery_last_layers", "all layers in every step", ours, [theirs], differing)


def _pruned(setting: Setting) -> LoadedModel:
    """The model without its last quarter."""
    loaded = setting.loaded
    kept = loaded.depth - layer_count(RATIO, loaded.depth)
    plan = LayerPlan.without(range(kept, loaded.depth), loaded.depth)
    return replace(loaded, model=apply_plan(loaded.model, plan), fingerprint=f"{loaded.fingerprint} {plan.describe()}")


def _adapted(recipe: Recipe) -> Recipe:
    """The recipe as anybody can train it: an adapter on the model's own weights, and no numbers drawn on the way."""
    return replace(recipe, trains="lora", target="answers", dropout=0.0)


def _examples(setting: Setting, variant: LoadedModel, recipe: Recipe) -> list[Encoded]:
    recoveries = setting.subject.recoveries
    corpus = recoveries.corpus(recoveries.settings.corpora[0], recipe=recipe)
    return checked(variant, corpus, recipe, thinking=False)[0]


def _trained(
    variant: LoadedModel,
    seen: Sequence[Encoded],
    recipe: Recipe,
    steps: int,
    seed: int,
    examples: Sequence[Encoded] | None,
) -> Curve:
    """The loss curve of our training; given all `examples`, frozen layers run once for each of them."""
    twin, pad = trainable(variant.model, recipe, seed), int(variant.tokenizer.pad_token_id or 0)
    tail = None if examples is None else tail_of(twin, variant, examples)
    course = Course(seen, recipe, [steps], steps)
    return train(twin, course, seed, pad, variant.model.dtype, tail=tail)[steps][1].loss


def differing(ours: Sequence[Curve], theirs: Sequence[Curve]) -> str:
    """How loss curves differ that should be the same. Pure."""
    for mine, other in zip(ours, theirs, strict=True):
        if [step for step, _ in mine] != [step for step, _ in other]:
            return "other steps were trained"
        for (step, one), (_, two) in zip(mine, other, strict=True):
            if abs(one - two) > NEAR * two:
                return f"the loss after {step} steps is {one:.4f}, theirs {two:.4f}"
    return ""
