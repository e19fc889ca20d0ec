"""Log-likelihood of continuations, with the context computed once for all continuations that share it.

A continuation is read off all of its tokens but the last, so continuations that differ in nothing else (options of one
token) are one row. Per group of continuations what all rows begin with, the context and what the options have in
common, is run once, its key-value cache is copied to every row, and one more pass over the short tails gives all
scores. Models that cannot do that exactly are asked for every row whole (`abilities`). Logits are made only from the
first position that some row needs: with a vocabulary of 152k they are the largest tensor of all. Softmax and sums are
float32.
T tokens, V vocabulary.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from harness.score.abilities import abilities_of
from harness.score.batches import inputs_of, shared_tokens
from harness.score.decoders import last_logits
from harness.score.forward import continued, last_of_left_padded, require_finite, whole
from harness.score.packed import run_packed
from harness.score.trie import Row, trie_of, wanted_of
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


def score_packed(model: "PreTrainedModel", pairs: Sequence[EncodedPair]) -> list[LogLikelihood]:
    """Score pairs by one pass over the trie of their rows, for a model that `packed.packs`."""
    import torch

    rows = list(dict.fromkeys(pair.ids[:-1] for pair in pairs))
    trie = trie_of(rows)
    wanted = wanted_of(pairs, trie)
    with torch.inference_mode():
        logits = run_packed(model, trie, wanted)
        require_finite(logits)
        places = {node: place for place, node in enumerate(wanted)}
        nothing, paths = logits[:0], dict(zip(rows, trie.paths, strict=True))
        return [
            _continuation(pair, nothing, logits[[places[node] for node in paths[pair.ids[:-1]][pair.start - 1 :]]])
            for pair in pairs
        ]


def in_parts(first: Sequence[bool], answer: Callable[[list[int]], list[A]]) -> list[A]:
    """Answers of those places that are `first`, and then of the others, in the order of their places. Pure."""
    parts = [[at for at, chosen in enumerate(first) if chosen is wanted] for wanted in (True, False)]
    answers = {at: one for part in parts for at, one in zip(part, answer(part), strict=True)}
    return [answers[at] for at in range(len(first))]


def _score_shared(
    model: "PreTrainedModel", groups: Sequence[Sequence[EncodedPair]], pad: int
) -> list[list[LogLikelihood]]:
    rows = [inputs_of(group) for group in groups]
    shared = [shared_tokens(each) for each in rows]
    if max(shared) == 0:
        return _score_whole(model, groups)
    if min(shared) == 0:
        # rows without any prefix would be all padding in the first pass
        return in_parts(
            [count > 0 for count in shared],
            lambda places: _score_shared(model, [groups[at] for at in places], pad),
        )

    owner = [index for index, each in enumerate(rows) for _ in each]
    tails = [row[shared[index] :] for index, each in enumerate(rows) for row in each]
    # how many positions of each prefix predict a token of some continuation; fewer than none where it ends before
    inside = [count - (min(pair.start for pair in group) - 1) for count, group in zip(shared, groups, strict=True)]
    first, last = max(0, -max(inside)), max(1, *inside)
    prefixes = [each[0][:count] for each, count in zip(rows, shared, strict=True)]
    logits, ends = continued(model, prefixes, owner, tails, first, pad, last)
    places = {(index, row): at for at, (index, row) in enumerate(_numbered(rows))}
    return [
        [
            _continuation(
                pair,
                ends[index, last + min(0, pair.start - 1 - shared[index]) :],
                logits[places[index, pair.ids[:-1]], max(0, pair.start - 1 - shared[index]) - first :],
            )
            for pair in group
        ]
        for index, group in enumerate(groups)
    ]


def _score_whole(model: "PreTrainedModel", groups: Sequence[Sequence[EncodedPair]]) -> list[list[LogLikelihood]]:
    numbered = list(_numbered([inputs_of(group) for group in groups]))
    first = min(pair.start for group in groups for pair in group) - 1
    logits = whole(model, [row for _, row in numbered], first)
    places, nothing = {key: at for at, key in enumerate(numbered)}, logits[0, :0]
    return [
        [_continuation(pair, nothing, logits[places[index, pair.ids[:-1]], pair.start - 1 - first :]) for pair in group]
        for index, group in enumerate(groups)
    ]


def _numbered(rows: Sequence[Sequence[tuple[int, ...]]]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Every row with the place of its group."""
    return ((index, row) for index, each in enumerate(rows) for row in each)


def _continuation(pair: EncodedPair, before: "torch.Tensor", logits: "torch.Tensor") -> LogLikelihood:
    """Score a continuation from the logits that predict it, in two parts (A, V) and (T, V); more of it is padding."""
    import torch

    targets = torch.tensor(pair.ids[pair.start :], device=logits.device)
    predicting = torch.cat([before, logits[: len(targets) - len(before)]]).float()
    require_finite(predicting)
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


def next_packed(
    model: "PreTrainedModel", prompts: Sequence[Row], candidates: Sequence[Sequence[int]]
) -> list[NextToken]:
    """As `next_tokens`, by one pass over the trie of the prompts, for a model that `packed.packs`."""
    import torch

    rows = list(dict.fromkeys(prompts))
    trie = trie_of(rows)
    wanted = sorted({path[-1] for path in trie.paths})
    places = {row: wanted.index(path[-1]) for row, path in zip(rows, trie.paths, strict=True)}
    with torch.inference_mode():
        logits = run_packed(model, trie, wanted)
        return candidate_probabilities(logits[[places[row] for row in prompts]], candidates)


def candidate_probabilities(logits: "torch.Tensor", candidates: Sequence[Sequence[int]]) -> list[NextToken]:
    """Read the candidates' log-probabilities off next-token logits (B, V)."""
    require_finite(logits)
    log_probabilities = logits.float().log_softmax(-1)
    return [NextToken(tuple(log_probabilities[row, list(ids)].tolist())) for row, ids in enumerate(candidates)]
