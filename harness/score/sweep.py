"""Scores without each layer in turn, for half the price of asking every variant by itself; exact.

Up to layer i the model without layer i *is* the unpruned model. So the unpruned model answers a batch once, the hidden
states that enter each of its layers are kept, and variant i begins at layer i + 1 with what entered layer i: L layer
passes and L(L-1)/2 more in place of L(L-1) (`performance.md` section 4a). Same kernels, same shapes, same bits. Only
questions that need no generation are shared; answers land in the variants' own stores, which are then read as ever.

Memory: L times the hidden states of one batch, for example 24 x 8192 tokens x 896 x 4 bytes = 0.7 GB.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from harness.prune.structure import decoder_layers
from harness.prune.surgery import hand_on, prune_layers
from harness.score.jobs import Desk, Job, next_token_jobs, scoring_jobs
from harness.score.requests import (
    Generation,
    GenerationRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    NextToken,
    NextTokenRequest,
)
from harness.score.scorer import Scorer
from harness.score.store import Answer, Request

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    Streams = list[list[torch.Tensor]]
    """Hidden states (B, T, D) that entered each layer, for each forward pass of a job."""

R = TypeVar("R", bound=Request)


class SweepScorer:
    """Answers as the unpruned model's scorer does, and on the way for every variant without one layer."""

    def __init__(self, base: Scorer, variants: Sequence[Scorer]) -> None:
        """`variants[i]` is the scorer of the model without layer i."""
        self.base, self.variants = base, variants
        self.model, self.tokenizer, self.fingerprint = base.model, base.tokenizer, base.fingerprint
        last = len(variants) - 1
        # a model of no layers is none: the last variant keeps the last layer, whose output is replaced by its input
        self.ends = [prune_layers(base.model, range(min(layer + 1, last))) for layer in range(len(variants))]

    def log_likelihoods(self, requests: Sequence[LogLikelihoodRequest]) -> list[LogLikelihood]:
        """The unpruned model's answers."""
        self._share(requests, scoring_jobs)
        return self.base.log_likelihoods(requests)

    def next_tokens(self, requests: Sequence[NextTokenRequest]) -> list[NextToken]:
        """The unpruned model's answers."""
        self._share(requests, next_token_jobs)
        return self.base.next_tokens(requests)

    def generations(self, requests: Sequence[GenerationRequest]) -> list[Generation]:
        """The unpruned model's answers; variants generate by themselves."""
        return self.base.generations(requests)

    def _share(self, requests: Sequence[R], jobs: Callable[[Sequence[R], Desk], Iterator[Job]]) -> None:
        """Store what any scorer lacks of `requests`."""
        scorers = [self.base, *self.variants]
        for scorer in scorers:
            scorer.store.refresh()
        keyed = {self.base.key(request): request for request in requests}
        lacking = {key: r for key, r in keyed.items() if any(scorer.store.get(key) is None for scorer in scorers)}
        order = list(lacking)
        for job in jobs(list(lacking.values()), self.base.desk) if lacking else ():

            def keep(scorer: Scorer, answers: Sequence[Answer], job: Job = job) -> None:
                scorer.store.put({order[index]: answer for index, answer in zip(job.indices, answers, strict=True)})

            with _entering(self.base.model) as streams:
                keep(self.base, self.base.run(job))
            for layer, (variant, end) in enumerate(zip(self.variants, self.ends, strict=True)):
                with _beginning_at(end, [entered[layer] for entered in streams], skip=layer == len(self.ends) - 1):
                    keep(variant, variant.run(job, end))


@contextmanager
def _entering(model: "PreTrainedModel") -> "Iterator[Streams]":
    """While open, keeps what enters each decoder layer in every forward pass."""
    streams: Streams = []

    def note(layer: int) -> Any:  # noqa: ANN401  # a torch hook
        def hook(_: Any, args: Any, kwargs: Any) -> None:  # noqa: ANN401
            if layer == 0:
                streams.append([])
            streams[-1].append(args[0] if args else kwargs["hidden_states"])

        return hook

    stack = decoder_layers(model).modules
    handles = [layer.register_forward_pre_hook(note(index), with_kwargs=True) for index, layer in enumerate(stack)]
    try:
        yield streams
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def _beginning_at(end: "PreTrainedModel", states: "Sequence[torch.Tensor]", *, skip: bool) -> Iterator[None]:
    """While open, the first layer of `end` is given `states`, one a forward pass; `skip` makes it hand them on."""
    first, passes = decoder_layers(end).modules[0], iter(states)

    def enter(_: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401  # torch's hook signature
        state = next(passes)
        return ((state, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": state})

    handles = [first.register_forward_pre_hook(enter, with_kwargs=True)]
    if skip:
        handles.append(first.register_forward_hook(hand_on, with_kwargs=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
