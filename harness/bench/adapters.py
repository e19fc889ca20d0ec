"""Recoveries of one pruned model that write as one batch, rows with their own adapters: against one after the other."""

from functools import partial
from typing import TYPE_CHECKING

from harness.bench.generation import Asked, asked_of, differing
from harness.bench.setting import Setting, row
from harness.bench.turns import Compared, Work, compare
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.prune.ratio import layer_count
from harness.recover.recipe import recipe_named
from harness.recover.trainable import trainable
from harness.score.adapters import adapted_together
from harness.score.refill import refills
from harness.score.sweep import SweepScorer
from harness.text.requests import Generation
from harness.tiers import TIERS
from harness.versions import require_extra

if TYPE_CHECKING:
    from transformers import PreTrainedModel

RECOVERIES = 3
"""As claim 6 asks on one seed: own answers, another author's, shuffled ones."""
RATIO = 0.25


@row("adapters")
def adapters(setting: Setting) -> Compared:
    """Three adapters of the tier's rank, drawn instead of trained, without the last quarter of the layers.

    Raises:
        BadInput: the task's items cannot be had, or peft is not installed.
    """
    require_extra("recover", "adapters")
    depth, count = setting.loaded.depth, layer_count(RATIO, setting.loaded.depth)
    pruned = apply_plan(setting.loaded.model, LayerPlan(tuple(range(depth - count)), depth))
    refills(setting.loaded.model)  # asked once of every model, which is nobody's cost
    refills(pruned)
    models = [_drawn(setting, pruned, seed) for seed in range(RECOVERIES)]
    asked = asked_of(setting, setting.items)
    return compare(
        setting, "adapters", "one after the other",
        Work("one batch", partial(_together, setting, models, asked), writes=True),
        [Work("alone", partial(_alone, setting, models, asked), writes=True)],
        lambda ours, theirs: differing(ours, [one.written for one in theirs]),
    )  # fmt: skip


def _drawn(setting: Setting, model: "PreTrainedModel", seed: int) -> "PreTrainedModel":
    """With an adapter that changes what the model writes, as a training would."""
    import torch

    twin = trainable(model, recipe_named(TIERS[setting.subject.tier].recovery.recipe), seed)
    draw = torch.Generator().manual_seed(seed)
    for name, parameter in twin.named_parameters():
        if ".lora_B" in name:
            parameter.data = torch.randn(parameter.shape, generator=draw).to(parameter.device) * 1e-3
    twin.train(mode=False).requires_grad_(requires_grad=False)
    return twin


def _together(setting: Setting, models: "list[PreTrainedModel]", asked: Asked) -> list[Generation]:
    scorers = {str(place): setting.scorer(model) for place, model in enumerate(models)}
    together = adapted_together(scorers)
    if together is not None:
        SweepScorer(together.base, {}, together=together).generations(asked.requests)
    return [answer for scorer in scorers.values() for answer in scorer.generations(asked.requests)]


def _alone(setting: Setting, models: "list[PreTrainedModel]", asked: Asked) -> list[Generation]:
    return [answer for model in models for answer in setting.scorer(model).generations(asked.requests)]
