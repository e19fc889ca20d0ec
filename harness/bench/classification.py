"""Multiple choice, scored by likelihood: ours against lm-eval's `hf`, with and without worked examples."""

from functools import partial

from harness.bench.items import choices, offered
from harness.bench.lm_eval_hf import BATCHES, NAME, differing, hf_scores, needed
from harness.bench.setting import Setting, row
from harness.bench.turns import Compared, Work, batch_sizes, compare, together
from harness.text.requests import LogLikelihood, LogLikelihoodRequest

SHOTS = (0, 5)


@row("classification")
def classification(setting: Setting) -> Compared:
    """Every task by itself, since what is saved depends on how long contexts and options are.

    Raises:
        BadInput: a task's items cannot be had.
    """
    parts = [
        _part(setting, f"{task}, {shots} shots", choices(setting, task, shots, setting.items))
        for shots in SHOTS
        for task in setting.tasks
        if offered(task, shots)
    ]
    return together("classification", parts)


def _part(setting: Setting, name: str, requests: list[LogLikelihoodRequest]) -> Compared:
    loaded = setting.loaded

    def ours() -> list[LogLikelihood]:
        return setting.scorer().log_likelihoods(requests)

    mine, others = needed(requests, loaded.tokenizer)
    theirs = [
        Work(f"batch {size}", partial(hf_scores, loaded.model, loaded.tokenizer, requests, size), others)
        for size in batch_sizes(BATCHES, len(requests))
    ]
    return compare(
        setting, name, NAME, Work("batches by tokens", ours, mine), theirs,
        lambda one, other: differing(requests, one, other, loaded.dtype),
    )  # fmt: skip
