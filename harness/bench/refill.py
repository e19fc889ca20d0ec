"""Answers whose places are taken by others that wait, against batch after batch, each written to its end."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from harness.bench.generation import Asked, asked_of, differing
from harness.bench.setting import Setting, row
from harness.bench.turns import Compared, Work, compare, together
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.score.merged import merges
from harness.score.refill import refills
from harness.score.sweep import SweepScorer
from harness.text.requests import Generation, GenerationRequest

if TYPE_CHECKING:
    from transformers import PreTrainedModel

BATCHES = 4
"""That the rows come to: with one nobody waits."""
VARIANTS = 5
"""That write beside the unpruned model."""


@row("refill")
def refill(setting: Setting) -> Compared:
    """Of one variant, and of six as one batch.

    Raises:
        BadInput: the task's items cannot be had.
    """
    merges(setting.loaded.model)  # asked once of every model, as is the next, which is nobody's cost
    refills(setting.loaded.model)
    plans = setting.without_each[:: max(1, setting.loaded.depth // VARIANTS)][:VARIANTS]
    asked = asked_of(setting, setting.items)
    return together(
        "refill",
        [_compared(setting, "one variant", asked, []), _compared(setting, f"{1 + len(plans)} variants", asked, plans)],
    )


def _compared(setting: Setting, name: str, asked: Asked, plans: Sequence[LayerPlan]) -> Compared:
    lengths = [len(prompt) + one.max_new_tokens for prompt, one in zip(asked.prompts, asked.requests, strict=True)]
    order = sorted(range(len(lengths)), key=lambda at: -lengths[at])
    size = -(-len(order) // BATCHES)
    batches = [[asked.requests[at] for at in order[begin : begin + size]] for begin in range(0, len(order), size)]
    answers = partial(_answers, setting, {plan: apply_plan(setting.loaded.model, plan) for plan in plans})
    budget = size * (1 + len(plans)) * max(lengths)

    def at_once() -> list[Generation]:
        return answers([[request for batch in batches for request in batch]], budget)

    def one_by_one() -> list[Generation]:
        return answers(batches, budget)

    def differ(ours: Sequence[Generation], theirs: Sequence[Generation]) -> str:
        return differing(ours, [one.written for one in theirs])

    return compare(
        setting, name, "batch after batch", Work("refilled", at_once, writes=True),
        [Work(f"{len(batches)} batches", one_by_one, writes=True)], differ,
    )  # fmt: skip


def _answers(
    setting: Setting, models: "dict[LayerPlan, PreTrainedModel]", batches: Sequence[Sequence[GenerationRequest]],
    budget: int,
) -> list[Generation]:  # fmt: skip
    """Of the unpruned model and its variants, one batch of requests asked after the other."""
    base, variants = setting.scorer(budget=budget), {p: setting.scorer(m, budget) for p, m in models.items()}
    swept = SweepScorer(base, variants)
    for batch in batches:
        swept.generations(batch)
    return [answer for one in (base, *variants.values()) for answer in one.generations([r for b in batches for r in b])]
