"""Log-likelihood of continuations, with the context computed once for all continuations that share it.

Per group of continuations the longest common token prefix (less one token) is run once, its key-value cache is
copied to every continuation, and one more pass over the short tails gives all scores. Models that cannot do that
exactly are asked for every row whole (`abilities`). Logits are made only from the first position that some row needs:
with a vocabulary of 152k they are the largest tensor of all. Softmax and sums are float32.
T tokens, V vocabulary.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from harness.score.abilities import abilities_of
from harness.score.batches import shared_tokens
from harness.score.decoders import last_logits
from harness.score.forward import continued, last_of_left_padded, require_finite, whole
from harness.text.encode import EncodedPair
from harness.text.requests import LogLikelihood, NextToken

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

A = TypeVar("A")


def score_groups(
    model: "PreTrainedModel", groups: Sequence[Sequence[EncodedPair]], pad: int
) -> list[list[LogLikelihood]]:
    """Score groups of pairs; the pairs of a group have a common prefix (usually the same context)."""
    import torch

    abilities = abilities_of(model)
    near = [all(abilities.reaches(len(pair.ids)) for pair in group) for group in groups]
    with torch.inference_mode():
        if abilities.scoring == "alone" or not any(near):
            return [[_score_whole(model, [[pair]])[0][0] for pair in group] for group in groups]
        if not all(near):
            return in_parts(near, lambda places: score_groups(model, [groups[at] for at in places], pad))
        return _score_shared(model, groups, pad) if abilities.scoring == "shared" else _score_whole(model, groups)


def in_parts(first: Sequence[bool], answer: Callable[[list[int]], list[A]]) -> list[A]:
    """Answers of those places that are `first`, and then of the others, in the order of their places. Pure."""
    parts = [[at for at, chosen in enumerate(first) if chosen is wanted] for wanted in (True, False)]
    answers = {at: one for part in parts for at, one in zip(part, answer(part), strict=True)}
    return [answers[at] for at in range(len(first))]


def _score_shared(
    model: "PreTrainedModel", groups: Sequence[Sequence[EncodedPair]], pad: int
) -> list[list[LogLikelihood]]:
    shared = [shared_tokens(group) for group in groups]
    if max(shared) <= 0:
        return _score_whole(model, groups)
    if min(shared) <= 0:
        # rows without any prefix would be all padding in the first pass
        return in_parts(
            [count > 0 for count in shared],
            lambda places: _score_shared(model, [groups[at] for at in places], pad),
        )

    owner = [index for index, group in enumerate(groups) for _ in group]
    pairs = [pair for group in groups for pair in group]
    tails = [pair.ids[shared[index] :] for index, pair in zip(owner, pairs, strict=True)]
    first = min(pair.start - shared[index] for index, pair in zip(owner, pairs, strict=True)) - 1
    prefixes = [group[0].ids[:count] for group, count in zip(groups, shared, strict=True)]
    logits = continued(model, prefixes, owner, tails, first, pad)
    flat = (
        _continuation(logits[row], tail[first:], pair.start - shared[index] - first)
        for row, (index, pair, tail) in enumerate(zip(owner, pairs, tails, strict=True))
    )
    return [[next(flat) for _ in group] for group in groups]


def _score_whole(model: "PreTrainedModel", groups: Sequence[Sequence[EncodedPair]]) -> list[list[LogLikelihood]]:
    pairs = [pair for group in groups for pair in group]
    first = min(pair.start for pair in pairs) - 1
    logits = whole(model, [pair.ids for pair in pairs], first)
    flat = (_continuation(row, pair.ids[first:], pair.start - first) for row, pair in zip(logits, pairs, strict=True))
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

    abilities = abilities_of(model)
    with torch.inference_mode():
        near = [abilities.reaches(len(prompt)) for prompt in prompts]
        if any(near) and not all(near):
            return in_parts(
                near,
                lambda places: next_tokens(
                    model, [prompts[at] for at in places], [candidates[at] for at in places], pad
                ),
            )
        if all(near) and abilities.decoding == "padded":
            logits = last_of_left_padded(model, prompts, pad)
        elif abilities.scoring == "alone" or not all(near):
            logits = torch.cat([last_logits(model, [prompt]) for prompt in prompts])
        else:
            logits = last_logits(model, prompts)
        return candidate_probabilities(logits, candidates)


def candidate_probabilities(logits: "torch.Tensor", candidates: Sequence[Sequence[int]]) -> list[NextToken]:
    """Read the candidates' log-probabilities off next-token logits (B, V)."""
    require_finite(logits)
    log_probabilities = logits.float().log_softmax(-1)
    return [NextToken(tuple(log_probabilities[row, list(ids)].tolist())) for row, ids in enumerate(candidates)]
