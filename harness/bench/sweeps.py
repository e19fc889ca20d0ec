"""Every layer removed in turn, scored by likelihood: ours, which shares beginnings, against one after the other.

The peers are given the variants of this package, in memory; `sweep_checkpoint_rewrite` is the paper's way, which writes
each to disk and loads it again.
"""

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from harness.bench.items import choices, offered
from harness.bench.lm_eval_hf import BATCHES, NAME, differing, hf_scores
from harness.bench.setting import Setting, row
from harness.bench.turns import Compared, Work, batch_sizes, compare, together
from harness.models.quiet import quiet_loading
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.score.sweep import SweepScorer
from harness.text.requests import LogLikelihood, LogLikelihoodRequest

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Requests = list[LogLikelihoodRequest]
Scores = list[list[LogLikelihood]]
"""Of the unpruned model, and of the variants in order."""


@row("sweep_loglikelihood")
def sweep_loglikelihood(setting: Setting) -> Compared:
    """Against lm-eval's `hf` on every variant, with as many worked examples as the task is offered with.

    Raises:
        BadInput: the task's items cannot be had.
    """
    task = setting.tasks[0]
    shots = [shots for shots in (0, 5) if offered(task, shots)]
    return together(
        "sweep_loglikelihood",
        [_swept(setting, f"{task}, {count} shots", choices(setting, task, count, setting.few)) for count in shots],
    )


@row("sweep_checkpoint_rewrite")
def sweep_checkpoint_rewrite(setting: Setting) -> Compared:
    """Against writing every pruned checkpoint, loading it again, and lm-eval's `hf`.

    Raises:
        BadInput: the task's items cannot be had.
    """
    requests = choices(setting, setting.tasks[0], 0, setting.few)
    theirs = Work(f"batch {BATCHES[1]}", partial(_one_by_one, setting, requests, BATCHES[1], _rewritten))
    return _compared(setting, "sweep_checkpoint_rewrite", f"{NAME} on rewritten checkpoints", requests, [theirs])


def _swept(setting: Setting, name: str, requests: Requests) -> Compared:
    theirs = [
        Work(f"batch {size}", partial(_one_by_one, setting, requests, size, lambda model: model))
        for size in batch_sizes(BATCHES, len(requests))
    ]
    return _compared(setting, name, NAME, requests, theirs)


def _compared(setting: Setting, name: str, peer: str, requests: Requests, theirs: Sequence[Work]) -> Compared:
    ours = Work("shared", partial(shared, setting, requests, setting.without_each))
    return compare(setting, name, peer, ours, theirs, partial(all_differing, requests, setting.loaded.dtype))


def all_differing(requests: Requests, dtype: str, ours: Scores, theirs: Scores) -> str:
    """How scores of several models differ. Pure."""
    said = [differing(requests, one, other, dtype) for one, other in zip(ours, theirs, strict=True)]
    wrong = [text for text in said if text]
    return f"{len(wrong)} of {len(said)} models, such as {wrong[0]}" if wrong else ""


def shared(setting: Setting, requests: Requests, plans: Sequence[LayerPlan]) -> Scores:
    """The unpruned model and all variants at once."""
    variants = {plan: setting.scorer(apply_plan(setting.loaded.model, plan)) for plan in plans}
    whole = SweepScorer(setting.scorer(), variants).log_likelihoods(requests)
    return [whole, *(variants[plan].log_likelihoods(requests) for plan in plans)]


def _one_by_one(
    setting: Setting, requests: Requests, batch: int, put: "Callable[[PreTrainedModel], PreTrainedModel]"
) -> Scores:
    """Each by itself by lm-eval's backend, as `put` gives it back."""
    loaded = setting.loaded
    plans = [LayerPlan.full(loaded.depth), *setting.without_each]
    return [hf_scores(put(apply_plan(loaded.model, plan)), loaded.tokenizer, requests, batch) for plan in plans]


def _rewritten(model: "PreTrainedModel") -> "PreTrainedModel":
    """The model as it comes back from a disk."""
    from transformers import AutoModelForCausalLM

    with tempfile.TemporaryDirectory(prefix="harness-bench-") as folder, quiet_loading():
        model.save_pretrained(folder)
        again: PreTrainedModel = AutoModelForCausalLM.from_pretrained(folder, dtype=model.dtype)
    return again.to(model.device)  # type: ignore[arg-type, no-any-return]
