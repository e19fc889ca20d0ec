"""Log-likelihood of continuations, with the context computed once for all continuations that share it.

Per group of continuations the longest common token prefix (less one token) is run once, its key-value cache is
copied to every continuation, and one more pass over the short tails gives all scores. Logits are made only from the
first position that some row needs: with a vocabulary of 152k they are the largest tensor of all. Softmax and sums are
float32.
B rows, P prefix tokens, T tail tokens, V vocabulary.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.score.batches import common_prefix
from harness.score.encode import EncodedPair
from harness.score.requests import LogLikelihood, NextToken

if TYPE_CHECKING:
    import torch
    from transformers import DynamicCache, PreTrainedModel


def left_pad(rows: Sequence[Sequence[int]], pad: int, device: "torch.device") -> tuple["torch.Tensor", "torch.Tensor"]:
    """Token ids and attention mask, both (B, P), padded on the left."""
    import torch

    width = max(len(row) for row in rows)
    ids = torch.full((len(rows), width), pad)
    mask = torch.zeros((len(rows), width), dtype=torch.long)
    for index, row in enumerate(rows):
        if row:
            ids[index, width - len(row) :] = torch.tensor(row)
            mask[index, width - len(row) :] = 1
    return ids.to(device), mask.to(device)


def positions(mask: "torch.Tensor") -> "torch.Tensor":
    """Position of each token counted from the first real one (B, P)."""
    return (mask.cumsum(-1) - 1).clamp(min=0)


def require_finite(logits: "torch.Tensor") -> None:
    """Refuse logits that cannot be scored.

    Raises:
        BadInput: a logit is NaN or infinite.
    """
    if not bool(logits.isfinite().all()):
        raise BadInput(
            "the model produced NaN or infinite logits, so no score can be given; expected finite numbers: "
            "check the weights, or load the model in float32 or bfloat16 instead of float16"
        )


def prefill(
    model: "PreTrainedModel", rows: Sequence[Sequence[int]], pad: int
) -> tuple["torch.Tensor", "DynamicCache", "torch.Tensor"]:
    """Run left-padded prompts once.

    Returns:
        Last-position logits (B, V), the filled cache, and the attention mask (B, P).
    """
    from transformers import DynamicCache

    ids, mask = left_pad(rows, pad, model.device)
    cache = DynamicCache(config=model.config)
    output = model(
        input_ids=ids,
        attention_mask=mask,
        position_ids=positions(mask),
        past_key_values=cache,
        use_cache=True,
        logits_to_keep=last_positions(ids, 1),
    )
    return output.logits[:, -1], cache, mask


def last_positions(ids: "torch.Tensor", count: int) -> "torch.Tensor":
    """The last `count` positions of a batch (B, T), for `logits_to_keep`.

    As indices and not as a number, because a number makes the model take a slice, which is not contiguous, and a
    bfloat16 product of such with the output layer copies that layer once a row on a CPU (torch 2.13: 27 GB for 100 rows
    of a vocabulary of 152k).
    """
    import torch

    return torch.arange(ids.shape[1] - count, ids.shape[1], device=ids.device)


def score_groups(
    model: "PreTrainedModel", groups: Sequence[Sequence[EncodedPair]], pad: int
) -> list[list[LogLikelihood]]:
    """Score groups of pairs; the pairs of a group have a common prefix (usually the same context)."""
    import torch

    shared = [min(common_prefix([pair.ids for pair in group]), *(pair.start for pair in group)) - 1 for group in groups]
    if min(shared) <= 0 < max(shared):
        # rows without any prefix would be all padding in the first pass
        answers: dict[int, list[LogLikelihood]] = {}
        for part in ([i for i, n in enumerate(shared) if n > 0], [i for i, n in enumerate(shared) if n <= 0]):
            answers |= dict(zip(part, score_groups(model, [groups[i] for i in part], pad), strict=True))
        return [answers[index] for index in range(len(groups))]
    shared = [max(0, count) for count in shared]

    owner = [index for index, group in enumerate(groups) for _ in group]
    pairs = [pair for group in groups for pair in group]
    tails = [pair.ids[shared[index] :] for index, pair in zip(owner, pairs, strict=True)]
    width = max(len(tail) for tail in tails)
    ids = torch.full((len(tails), width), pad)
    mask = torch.zeros((len(tails), width), dtype=torch.long)
    for row, tail in enumerate(tails):
        ids[row, : len(tail)] = torch.tensor(tail)
        mask[row, : len(tail)] = 1
    ids, mask = ids.to(model.device), mask.to(model.device)
    start = torch.tensor([shared[index] for index in owner], device=model.device)
    where = start[:, None] + torch.arange(width, device=model.device)[None]
    first = min(pair.start - shared[index] for index, pair in zip(owner, pairs, strict=True)) - 1
    predicting = last_positions(ids, width - first)

    with torch.inference_mode():
        if max(shared) == 0:
            logits = model(
                input_ids=ids, attention_mask=mask, position_ids=where, use_cache=False, logits_to_keep=predicting
            ).logits
        else:
            prefixes = [group[0].ids[:count] for group, count in zip(groups, shared, strict=True)]
            _, cache, prefix_mask = prefill(model, prefixes, pad)
            rows = torch.tensor(owner, device=model.device)
            cache.batch_select_indices(rows)
            whole = torch.cat([prefix_mask[rows], mask], dim=1)
            logits = model(
                input_ids=ids, attention_mask=whole, position_ids=where, past_key_values=cache, use_cache=True,
                logits_to_keep=predicting,
            ).logits  # fmt: skip
        scores = [
            _continuation(logits[row], tail[first:], pair.start - shared[index] - first)
            for row, (index, pair, tail) in enumerate(zip(owner, pairs, tails, strict=True))
        ]
    flat = iter(scores)
    return [[next(flat) for _ in group] for group in groups]


def _continuation(logits: "torch.Tensor", tail: Sequence[int], start: int) -> LogLikelihood:
    """Score tail[start:] from the logits (T, V) of its row."""
    import torch

    predicting = logits[start - 1 : len(tail) - 1].float()
    require_finite(predicting)
    targets = torch.tensor(tail[start:], device=logits.device)
    chosen = predicting.log_softmax(-1).gather(-1, targets[:, None])
    return LogLikelihood(float(chosen.sum()), bool((predicting.argmax(-1) == targets).all()))


def next_tokens(
    model: "PreTrainedModel", prompts: Sequence[Sequence[int]], candidates: Sequence[Sequence[int]], pad: int
) -> list[NextToken]:
    """Log-probability of each prompt's candidate tokens as its next token."""
    import torch

    with torch.inference_mode():
        ids, mask = left_pad(prompts, pad, model.device)
        output = model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions(mask),
            use_cache=False,
            logits_to_keep=last_positions(ids, 1),
        )
        return candidate_probabilities(output.logits[:, -1], candidates)


def candidate_probabilities(logits: "torch.Tensor", candidates: Sequence[Sequence[int]]) -> list[NextToken]:
    """Read the candidates' log-probabilities off next-token logits (B, V)."""
    require_finite(logits)
    log_probabilities = logits.float().log_softmax(-1)
    return [NextToken(tuple(log_probabilities[row, list(ids)].tolist())) for row, ids in enumerate(candidates)]
