"""What is measured beside the scores that decide: numerics, fresh items, merging, quantisation, cost."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from harness.decide.bootstrap import Interval
from harness.decide.drops import mean_score_rise
from harness.decide.noise import flip_rate
from harness.decide.published import Difference, published_minus_fresh
from harness.methods.tools.calibration_loss import mean_nll, token_rows
from harness.models.load import LoadedModel
from harness.prune.plan import LayerPlan
from harness.recover.merge import merged
from harness.recover.recover import RecoveredModel, on_four_bits
from harness.score.cost import ModelCost, side_by_side, sizes
from harness.subject.hands import Variant
from harness.subject.subject import Subject
from harness.tasks.calibration import default_calibration
from harness.tasks.fresh import COUNTERPARTS
from harness.tasks.outcome import TaskResult
from harness.tasks.pairs import paired
from harness.tasks.suite import evaluate
from harness.tasks.task import run_task


def fresh_results(subject: Subject, variant: Variant, published: Iterable[str]) -> dict[str, TaskResult]:
    """Results on fresh items of those published tasks that have such, by the published name."""
    if subject.fresh is None:
        return {}
    asked, scorer = subject.fresh, subject.variants.scorer(variant)
    return {
        task: run_task(COUNTERPARTS[task](asked.seed), scorer, subject.source, asked.count, asked.seed)
        for task in published
        if task in COUNTERPARTS
    }


def beside_fresh(
    subject: Subject, variant: Variant, base: Mapping[str, TaskResult], after: Mapping[str, TaskResult]
) -> dict[str, dict[str, Difference]]:
    """The measurement `fresh`: published against fresh items, by task; nothing where no fresh ones are asked."""
    first = fresh_results(subject, subject.whole, base)
    second = fresh_results(subject, variant, first)
    published, fresh = paired(base, after, list(first)), paired(first, second, list(first))
    found = {one.name: published_minus_fresh(one, other) for one, other in zip(published, fresh, strict=True)}
    return {"fresh": found} if found else {}


def rise_by_merging(
    subject: Subject, recovered: RecoveredModel, tasks: Sequence[str], limit: int | None = None
) -> dict[str, Interval]:
    """Score with the adapter folded into the weights minus score with it switched on, by task, on `limit` items.

    Empty for recipes without an adapter. It shows what rounding the folded weights undoes.
    """
    if not recovered.recovery.recipe.has_adapter:
        return {}
    return _rise(subject, recovered, merged(recovered), tasks, limit)


def rise_on_four_bits(
    subject: Subject, recovered: RecoveredModel, plan: LayerPlan, tasks: Sequence[str], limit: int | None = None
) -> dict[str, Interval]:
    """Score on the 4-bit base that an adapter was trained on minus on the variant's own weights, by task.

    Empty for recipes that train on no 4-bit base. It shows what quantisation alone costs.
    """
    if not recovered.recovery.recipe.on_four_bits:
        return {}
    return _rise(subject, recovered, on_four_bits(recovered, subject.variants.pruned(plan)), tasks, limit)


def _rise(
    subject: Subject, usual: LoadedModel, other: LoadedModel, tasks: Sequence[str], limit: int | None
) -> dict[str, Interval]:
    before, after = subject.evaluate(usual, tasks, limit), subject.evaluate(other, tasks, limit)
    return {task.name: mean_score_rise([task]) for task in paired(before, after, tasks)}


def flip_rates(
    subject: Subject, answered: Mapping[str, TaskResult], *, alone: bool = True
) -> dict[str, dict[str, float]]:
    """How much of the unpruned model's scores is numerics, by task.

    Shares of its items whose score differs when they are asked in another dtype, and (where `alone`) one at a time.
    """
    others = subject.variants.in_other_numerics(alone=alone)
    return {
        task: {
            name: flip_rate(
                result.scores, evaluate([task], scorer, subject.source, result.asked_for, subject.seed)[task].scores
            )
            for name, scorer in others.items()
        }
        for task, result in answered.items()
    }


def cost_beside(subject: Subject, *, timed: bool) -> dict[str, ModelCost]:
    """What the base takes, and one pruned variant of each size among those asked; speeds where `timed`."""
    variants = {f"without {plan.describe()}": subject.variants.scorer(plan).model for plan in subject.plans_asked}
    one_each = {model.num_parameters(): name for name, model in reversed(variants.items())}
    models = {"base": subject.loaded.model} | {name: variants[name] for name in sorted(one_each.values())}
    return side_by_side(models) if timed else sizes(models)


def loss_on_running_text(subject: Subject, models: Mapping[str, LoadedModel]) -> dict[str, float]:
    """Mean negative log-likelihood per token of each model on the tier's running text, in nats; nothing in a plan.

    Repairs are measured on other texts, unless `--calibration` names these.
    """
    if subject.hands.counts:
        return {}
    texts = subject.choices.texts_of(default_calibration("running").on(subject.tier))
    rows = token_rows(subject.loaded, texts)
    return {name: mean_nll(loaded.model, rows) for name, loaded in models.items()}


def share_of_pretraining(loaded: LoadedModel, tokens: int) -> float | None:
    """Recovery tokens as a share of the pre-training tokens; None where no training.json of our form says those."""
    card = Path(loaded.reference.location) / "training.json"
    try:
        trained = json.loads(card.read_text(encoding="utf-8"))["tokens"]
        return tokens / trained if trained > 0 else None
    except (OSError, ValueError, RecursionError, KeyError, TypeError):  # a trainer of another kind may name its file so
        return None
