"""What is only read becomes jobs: continuations and next tokens, as tries of tokens or as padded batches.

The jobs of both are made here; how a model answers them is `log_likelihood`'s business.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from harness.score.batches import Group, group_batches, inputs_of, load_of, shared_tokens, token_batches
from harness.score.forward import pad_id
from harness.score.jobs import Desk, Job, Size, Tick
from harness.score.log_likelihood import next_packed, next_tokens, score_groups, score_packed
from harness.score.trie import Packed, Row, Trie, trie_of, tries_of, wanted_of
from harness.text.encode import EncodedPair
from harness.text.requests import Answer, LogLikelihoodRequest, NextTokenRequest
from harness.text.wording import wording

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    Answers = Callable[[PreTrainedModel, Sequence[Row], Sequence[Sequence[int]]], Sequence[Answer]]


def scoring_jobs(requests: Sequence[LogLikelihoodRequest], desk: Desk) -> Iterator[Job]:
    """Continuations; those that begin alike are in one job, and share the computation of that."""
    pairs = [
        EncodedPair(tuple(ids), at) for ids, at in map(wording(desk.tokenizer).ids, requests) if isinstance(at, int)
    ]
    desk.require_room(max(len(pair.ids) for pair in pairs))
    desk.require_embedded(token for pair in pairs for token in pair.ids)
    rows = [pair.ids[:-1] for pair in pairs]
    packed, near = _near(rows, desk)
    for batch, trie in _tries(rows, near, packed):
        asked = [pairs[at] for at in batch]

        def work(model: "PreTrainedModel", tick: Tick, asked: list[EncodedPair] = asked) -> Sequence[Answer]:
            answers = score_packed(model, asked)
            tick(len(answers))
            return answers

        size = Size(len(trie.ids), 1, len(wanted_of(asked, trie)), len(trie.ids))
        tokens = sum(len(pair.ids) for pair in asked)
        yield desk.taken(Job(tuple(batch), tokens, work, tuple(requests[at] for at in batch), size))
    if len(near) < len(pairs):
        yield from _padded_jobs(requests, pairs, [at for at in range(len(pairs)) if at not in near], desk)


def _padded_jobs(
    requests: Sequence[LogLikelihoodRequest], pairs: Sequence[EncodedPair], places: Sequence[int], desk: Desk
) -> Iterator[Job]:
    """Rows of one context share its computation; those of a batch are padded."""
    groups: dict[tuple[str, bool], list[int]] = {}
    for index in places:
        groups.setdefault((requests[index].context, requests[index].chat), []).append(index)
    members = list(groups.values())
    sizes = [_size([pairs[index] for index in group]) for group in members]
    for batch in group_batches(sizes, desk.scoring_budget, desk.overhead):
        asked = [[pairs[index] for index in members[place]] for place in batch]

        def work(model: "PreTrainedModel", tick: Tick, asked: list[list[EncodedPair]] = asked) -> list[Answer]:
            pad = pad_id(model, desk.tokenizer)
            answers: list[Answer] = [answer for group in score_groups(model, asked, pad) for answer in group]
            tick(len(answers))
            return answers

        places = tuple(index for place in batch for index in members[place])
        tokens = sum(len(pair.ids) for group in asked for pair in group)
        mine, size = tuple(requests[index] for index in places), _read([sizes[place] for place in batch])
        yield desk.taken(Job(places, tokens, work, mine, size))


def _read(groups: Sequence[Group]) -> Size:
    """Of a batch: contexts in one pass, continuations in another, and groups that share no context by themselves."""
    passes = 2 * any(group.prefix for group in groups) + any(not group.prefix for group in groups)
    load = load_of(groups)
    return Size(load.computed, passes, load.rows * load.tail, load.held)


def _size(pairs: Sequence[EncodedPair]) -> Group:
    """What continuations of one context cost: `log_likelihood` runs what all of them begin with once."""
    rows = inputs_of(pairs)
    shared = shared_tokens(rows)
    return Group(shared, tuple(len(row) - shared for row in rows))


def next_token_jobs(requests: Sequence[NextTokenRequest], desk: Desk) -> Iterator[Job]:
    """Next-token candidates."""
    asked = list(map(wording(desk.tokenizer).ids, requests))
    prompts, candidates = [tuple(ids) for ids, _ in asked], [ids for _, ids in asked if not isinstance(ids, int)]
    desk.require_room(max(len(prompt) for prompt in prompts))
    desk.require_embedded(token for ids in (*prompts, *candidates) for token in ids)

    def job(batch: Sequence[int], size: Size, answer: "Answers") -> Job:
        def work(model: "PreTrainedModel", tick: Tick) -> Sequence[Answer]:
            answers = answer(model, [prompts[at] for at in batch], [candidates[at] for at in batch])
            tick(len(answers))
            return answers

        tokens = sum(len(prompts[at]) for at in batch)
        return desk.taken(Job(tuple(batch), tokens, work, tuple(requests[at] for at in batch), size))

    def padded_next(
        model: "PreTrainedModel", asked: Sequence[Row], wanted: Sequence[Sequence[int]]
    ) -> Sequence[Answer]:
        return next_tokens(model, asked, wanted, pad_id(model, desk.tokenizer))

    packed, near = _near(prompts, desk)
    for batch, trie in _tries(prompts, near, packed):
        yield job(batch, Size(len(trie.ids), 1, len({path[-1] for path in trie.paths}), len(trie.ids)), next_packed)
    far = [at for at in range(len(prompts)) if at not in near]
    for places in token_batches([len(prompts[at]) for at in far], desk.scoring_budget):
        batch = [far[place] for place in places]
        padded = len(batch) * max(len(prompts[at]) for at in batch)
        yield job(batch, Size(padded, 1, len(batch), padded), padded_next)


def _near(rows: Sequence[Row], desk: Desk) -> tuple[Packed | None, dict[int, None]]:
    """How rows are packed, and the places of those that are."""
    packed = desk.packed()
    return packed, {at: None for at, row in enumerate(rows) if packed is not None and packed.reaches(len(row))}


def _tries(rows: Sequence[Row], places: Iterable[int], by: Packed | None) -> Iterator[tuple[list[int], Trie]]:
    """The rows of some places in passes, the places of each, and its trie; equal rows are asked together."""
    asking: dict[Row, list[int]] = {}
    for at in places:
        asking.setdefault(rows[at], []).append(at)
    distinct = list(asking)
    for batch in tries_of(distinct, by) if by is not None else ():
        yield [at for place in batch for at in asking[distinct[place]]], trie_of([distinct[place] for place in batch])
