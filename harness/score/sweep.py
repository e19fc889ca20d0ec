"""Scores without each layer in turn, for half the price of asking every variant by itself; exact (`prune.prefix`).

Only questions that need no generation are shared; answers land in the variants' own stores, which are then read as
ever.

Memory: L times the hidden states of one batch, for example 24 x 8192 tokens x 896 x 4 bytes = 0.7 GB.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TypeVar

from harness.prune.plan import LayerPlan
from harness.prune.prefix import End, end_of, entering, shares_beginnings, taking_up
from harness.score.abilities import abilities_of
from harness.score.jobs import Desk, Job, next_token_jobs, scoring_jobs
from harness.score.scorer import Scorer
from harness.text.requests import (
    Answer,
    Generation,
    GenerationRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    NextToken,
    NextTokenRequest,
    Request,
)

R = TypeVar("R", bound=Request)


class SweepScorer:
    """Answers as the unpruned model's scorer does, and on the way for every variant without one layer."""

    def __init__(self, base: Scorer, variants: Sequence[Scorer]) -> None:
        """`variants[i]` is the scorer of the model without layer i."""
        self.base, self.variants = base, variants
        self.model, self.tokenizer, self.fingerprint = base.model, base.tokenizer, base.fingerprint
        self.folder = base.folder

    @cached_property
    def ends(self) -> list[End]:
        """What each variant has of its own; none where variants cannot begin in the middle.

        They are batched as the base is, whose abilities they inherit: an end by itself could not be asked for them.
        """
        if not shares_beginnings(self.base.model):
            return []
        abilities_of(self.base.model)
        whole = LayerPlan.full(len(self.variants))
        plans = [LayerPlan.without((layer,), whole.depth) for layer in range(whole.depth)]
        return [end_of(self.base.model, plan, whole) for plan in plans]

    @property
    def room(self) -> int | None:
        """The unpruned model's."""
        return self.base.room

    def fits(self, requests: Sequence[Request]) -> list[bool]:
        """Whether each request fits the input, which is the unpruned model's for all."""
        return self.base.fits(requests)

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
        """Store what any scorer lacks of `requests`; nothing where variants cannot begin in the middle."""
        if not self.ends:
            return
        scorers = [self.base, *self.variants]
        for scorer in scorers:
            scorer.store.refresh()
        keyed = {self.base.key(request): request for request in requests}
        lacking = {key: r for key, r in keyed.items() if any(scorer.store.get(key) is None for scorer in scorers)}
        order = list(lacking)
        what = requests[0].called if requests else ""
        with self.base.bar(len(order) * len(scorers), f"without each layer {what}") as tick:
            for job in jobs(list(lacking.values()), self.base.desk) if lacking else ():

                def keep(scorer: Scorer, answers: Sequence[Answer], job: Job = job) -> None:
                    scorer.store.put({order[index]: answer for index, answer in zip(job.indices, answers, strict=True)})

                with entering(self.base.model) as streams:
                    keep(self.base, self.base.run(job, tick))
                for variant, end in zip(self.variants, self.ends, strict=True):
                    with taking_up(end, streams):
                        keep(variant, variant.run(job, tick, end.model))
