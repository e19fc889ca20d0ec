"""lm-evaluation-harness's own backend `hf` around a resident model: the peer of everything that is scored."""

import logging
import warnings
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING

from harness.score.trie import trie_of
from harness.text.encode import encode_answer, encode_pair
from harness.text.requests import LogLikelihood, LogLikelihoodRequest

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

BATCHES = (4, 16, 64)
"""Batch sizes that are tried."""
NAME = "lm-eval hf"
_NEAR = {"float32": 1e-3}
"""Nats by which two exact ways may differ, by dtype; they add up in other orders."""
_COARSE = 0.5


def hf_scores(
    model: "PreTrainedModel",
    tokenizer: "PreTrainedTokenizerBase",
    requests: Sequence[LogLikelihoodRequest],
    batch: int,
) -> list[LogLikelihood]:
    """Answers of lm-eval's backend at a batch size."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # imports of lm-eval and what it brings along
        from lm_eval.models.huggingface import HFLM

        logging.getLogger("lm_eval").setLevel(logging.ERROR)
        asked = [SimpleNamespace(args=(request.context, request.continuation)) for request in requests]
        found = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=batch).loglikelihood(asked, disable_tqdm=True)
    return [LogLikelihood(float(value), bool(greedy)) for value, greedy in found]


def needed(requests: Sequence[LogLikelihoodRequest], tokenizer: "PreTrainedTokenizerBase") -> tuple[int, int]:
    """Tokens that must be run: by us, what rows begin with once; by lm-eval, every option with its context.

    Without padding; of the latter, options of one token that share a context are run once.
    """
    rows = {
        (encode_answer if request.chat else encode_pair)(request.context, request.continuation, tokenizer).ids[:-1]
        for request in requests
    }
    return len(trie_of(list(rows)).ids), sum(map(len, rows))


def differing(
    requests: Sequence[LogLikelihoodRequest], ours: Sequence[LogLikelihood], theirs: Sequence[LogLikelihood], dtype: str
) -> str:
    """How scores differ that should be the same: by more than rounding, or in the option that is chosen. Pure."""
    near = _NEAR.get(dtype, _COARSE)
    far = [abs(one.value - other.value) for one, other in zip(ours, theirs, strict=True)]
    said = (
        [f"{sum(off > near for off in far)} of {len(far)} scores by more than {near} nats"] if max(far) > near else []
    )
    groups: dict[str, list[int]] = {}
    for place, request in enumerate(requests):
        groups.setdefault(request.context, []).append(place)
    other = sum(_chosen(group, ours, theirs, near) for group in groups.values())
    said += [f"{other} of {len(groups)} choices"] if other else []
    return ", ".join(said)


def _chosen(group: Sequence[int], ours: Sequence[LogLikelihood], theirs: Sequence[LogLikelihood], near: float) -> bool:
    """Whether another option is chosen, and by more than rounding."""
    mine, best = (max(group, key=lambda at, scores=scores: scores[at].value) for scores in (ours, theirs))  # type: ignore[misc]
    return mine != best and ours[mine].value - ours[best].value > near
