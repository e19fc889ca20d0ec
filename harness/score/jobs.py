"""Requests become jobs: batches that fit a token budget, each with what is to be done with a model.

A job does not know its model, so that a sweep can give one job to many variants.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.score.batches import token_batches
from harness.text.ends import end_tokens
from harness.text.requests import Answer, GenerationRequest, Request
from harness.text.wording import wording

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

    from harness.score.trie import Packed
    from harness.score.writing import Writing

    Writes = Callable[[PreTrainedModel], Sequence[Writing]]

Tick = Callable[[int], object]
"""Told how many more requests are answered."""


@dataclass(frozen=True)
class Size:
    """What a job takes of any model that answers it in the usual way (`abilities`), in tokens."""

    read: int
    """Run through the layers many at once, a context that several share once, padding included."""
    passes: int
    """Forward passes for that."""
    logits: int
    """Of them, those for which the output layer is asked."""
    held: int
    """In the cache at once, padded, with all that may be written."""
    limits: tuple[int, ...] = ()
    """Most tokens that each request writes, one after the other; none where nothing is written."""
    followed: bool = False
    """Whether others wait, which take the places of answers that have ended where the model refills."""


@dataclass(frozen=True)
class Job:
    """Requests that are answered together."""

    indices: tuple[int, ...]
    """Places of the requests in their list."""
    prompt_tokens: int
    """Prompt tokens without padding; a context shared by k continuations counts k times."""
    work: "Callable[[PreTrainedModel, Tick], Sequence[Answer]]"
    """Their answers, in the order of `indices`; generation, which takes long, ticks for each that is finished."""
    requests: tuple[Request, ...]
    """In the order of `indices`."""
    size: Size
    writes: "Writes | None" = None
    """What is to be written, so that it may join what is being written; None: `work` does it all."""
    begin: "Callable[[PreTrainedModel, bool], object]" = lambda *_: None
    """Called before it is begun, with whether nothing else is being written; may refuse."""


@dataclass(frozen=True)
class Desk:
    """What jobs are made with."""

    tokenizer: "PreTrainedTokenizerBase"
    room: int | None
    """Longest input of the model, in tokens; None where it has no limit."""
    embedded: int
    """Number of token ids that the model embeds."""
    scoring_budget: int
    """Tokens of a scoring batch; bounds the logits, which a large vocabulary makes big."""
    overhead: int
    """Tokens that take as long as what a pass costs beside its own."""
    generation_budget: int
    """Prompt and answer tokens of a generation batch; bounds the key-value cache."""
    taken: "Callable[[Job], Job]" = lambda job: job
    """What is made of a job before it is handed out: a plan makes one that is only counted."""
    packed: "Callable[[], Packed | None]" = lambda: None
    """How continuations are scored without padding; None where the model, or so small a budget, does not allow it."""
    pulse: Callable[[], object] = lambda: None
    """Called before every step of what is written, and may stop it; what has finished is kept."""

    def require_embedded(self, ids: Iterable[int]) -> None:
        """Refuse a token that the model has no embedding for.

        Raises:
            BadInput: one is.
        """
        largest = max(ids, default=0)
        if largest >= self.embedded:
            raise BadInput(
                f"the tokenizer writes {self.tokenizer.convert_ids_to_tokens(largest)!r} as token {largest} and the "
                f"model embeds only 0 to {self.embedded - 1}; use the tokenizer that belongs to the weights, or resize "
                f"the model's embeddings"
            )

    def require_room(self, tokens: int) -> None:
        """Refuse items that are longer than the model's input.

        Raises:
            BadInput: one is.
        """
        if self.room is not None and tokens > self.room:
            raise BadInput(
                f"an item needs {tokens} tokens with its answer and the model takes {self.room}; "
                f"choose a task with shorter items or a model with a longer context"
            )


def generation_jobs(requests: Sequence[GenerationRequest], desk: Desk) -> Iterator[Job]:
    """Answers to be generated."""
    from harness.score.generation import generate
    from harness.score.writing import Writing

    words = wording(desk.tokenizer)
    prompts = [words.ids(request)[0] for request in requests]
    lengths = [len(p) + r.max_new_tokens for p, r in zip(prompts, requests, strict=True)]
    desk.require_room(max(lengths))
    desk.require_embedded(token for prompt in prompts for token in prompt)
    batches = token_batches(lengths, desk.generation_budget)
    for batch in batches:

        def writes(model: "PreTrainedModel", batch: list[int] = batch) -> list[Writing]:
            ends = {chat: end_tokens(model, desk.tokenizer, chat=chat) for chat in {requests[i].chat for i in batch}}
            return [
                Writing(i, tuple(prompts[i]), one.max_new_tokens, ends[one.chat], one.stop, one.sampling)
                for i, one in ((i, requests[i]) for i in batch)
            ]

        def work(model: "PreTrainedModel", tick: Tick, writes: "Writes" = writes) -> Sequence[Answer]:
            return generate(model, desk.tokenizer, writes(model), tick)

        mine, padded = tuple(requests[i] for i in batch), len(batch) * max(len(prompts[i]) for i in batch)
        limits = tuple(request.max_new_tokens for request in mine)
        followed = batch is not batches[-1]
        size = Size(padded, 1, len(batch), padded + len(batch) * max(limits), limits, followed)
        yield desk.taken(Job(tuple(batch), sum(len(prompts[i]) for i in batch), work, mine, size, writes))
