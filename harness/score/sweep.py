"""Scores of many variants for the price of what they do not share; exact (`prune.tree`).

Questions that need no generation share beginnings; what is generated is one batch of all variants (`score.together`).
Answers land in the variants' own stores, which are then read as ever.

Memory: the hidden states of one batch at every layer where variants part, for example (without each layer in turn) 24 x
8192 tokens x 896 x 4 bytes = 0.7 GB.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, TypeVar

from harness.prune.merged import Merged, Place, differ_in_layers_only
from harness.prune.plan import LayerPlan
from harness.prune.prefix import End, end_of, entering, shares_beginnings, taking_up
from harness.prune.tree import Branch, tree_of
from harness.score.abilities import abilities_of
from harness.score.depth import rows_asserted
from harness.score.forward import pad_id
from harness.score.jobs import Desk, Job, Tick
from harness.score.merged import MergedDecoder, merges
from harness.score.reading import next_token_jobs, scoring_jobs
from harness.score.replay import recorder_of
from harness.score.scorer import Scorer
from harness.score.together import Hand, Together, budget_of
from harness.text.requests import (
    Generation,
    GenerationRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    NextToken,
    NextTokenRequest,
    Request,
)

if TYPE_CHECKING:
    from harness.prune.prefix import Streams

R = TypeVar("R", bound=Request)


def _hand(merged: Merged, base: Scorer) -> Hand:
    """What writes for variants of one base, whose rows are counted against their plans."""
    decoders, pad, recorder = list[MergedDecoder](), pad_id(base.model, base.tokenizer), recorder_of(base.model)

    def writer(plans: Sequence[Any]) -> MergedDecoder:
        decoders.append(MergedDecoder(merged, plans, pad, base.desk.generation_budget, recorder))
        return decoders[-1]

    def due() -> Counter[Place]:
        return sum((decoder.due() for decoder in decoders), Counter())

    return Hand(writer, lambda: rows_asserted(merged, due, base.ledger))


class SweepScorer:
    """Answers as the unpruned model's scorer does, and on the way for every variant."""

    def __init__(
        self,
        base: Scorer,
        variants: Mapping[LayerPlan, Scorer],
        *,
        fills: bool = False,
        together: Together | None = None,
    ) -> None:
        """What is asked, and of whom.

        Args:
            base: of the unpruned model.
            variants: of the model that a plan leaves, by plan.
            fills: lets batches of what they write fill a GPU's memory, instead of the budget of one of them.
            together: those that write together, where they are no plans' (`base` is one of them, `variants` empty).
        """
        self.base, self.variants, self.fills = base, variants, fills
        if together is not None:
            vars(self)["together"] = together
        self.model, self.tokenizer, self.fingerprint = base.model, base.tokenizer, base.fingerprint
        self.folder = base.folder
        self._ends = dict[LayerPlan, End]()

    @cached_property
    def tree(self) -> Branch | None:
        """How the variants branch off from the unpruned model; None where they cannot begin in the middle.

        They are batched as the base is, whose abilities they inherit: an end by itself could not be asked for them.
        """
        if not self.variants or not shares_beginnings(self.base.model):
            return None
        abilities_of(self.base.model)
        whole = LayerPlan.full(next(iter(self.variants)).depth)
        return tree_of([whole, *self.variants])

    def _end(self, branch: Branch) -> End:
        if branch.plan not in self._ends:
            self._ends[branch.plan] = (
                End(self.base.model, branch.own)
                if branch.plan.changes_nothing
                else end_of(self.base.model, branch.plan, branch.first)
            )
        return self._ends[branch.plan]

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
        """The unpruned model's answers."""
        self.prepare([requests] * len(self.everyone))
        return self.base.generations(requests)

    @property
    def everyone(self) -> tuple[Scorer, ...]:
        """The unpruned model and its variants; itself alone where they cannot write together."""
        return (self.base,) if self.together is None else tuple(self.together.scorers.values())

    def prepare(self, asked: Sequence[Sequence[GenerationRequest]]) -> None:
        """Answer together, ahead, what each of `everyone` will be asked next."""
        if self.together is not None:
            self.together.generate(dict(zip(self.together.scorers, asked, strict=True)))

    @cached_property
    def together(self) -> Together | None:
        """All of them as one model that generates; None where their rows cannot be one batch."""
        model, models = self.base.model, {plan: one.model for plan, one in self.variants.items()}
        if not models or not differ_in_layers_only(model, models.values()) or not merges(model):
            return None
        scorers: dict[Any, Scorer] = {LayerPlan.full(next(iter(models)).depth): self.base} | dict(self.variants)
        given = self.base.desk.generation_budget
        merged = Merged(model, {plan: one.model for plan, one in scorers.items()})
        budget = budget_of(model, given) if self.fills else given
        return Together(self.base, scorers, partial(_hand, merged, self.base), budget)

    def _share(self, requests: Sequence[R], jobs: Callable[[Sequence[R], Desk], Iterator[Job]]) -> None:
        """Store what any scorer lacks of `requests`; nothing where variants cannot begin in the middle."""
        if self.tree is None:
            return
        scorers = [self.base, *self.variants.values()]
        for scorer in scorers:
            scorer.store.refresh()
        keyed = {self.base.key(request): request for request in requests}
        lacking = {key: r for key, r in keyed.items() if any(scorer.store.get(key) is None for scorer in scorers)}
        order = list(lacking)
        what = requests[0].called if requests else ""
        with self.base.bar(len(order) * len(scorers), f"{len(self.variants)} variants {what}") as tick:
            for job in jobs(list(lacking.values()), self.base.desk) if lacking else ():
                keys = [order[index] for index in job.indices]
                self._run(self.tree, job, keys, tick, None)

    def _run(self, branch: Branch, job: Job, keys: list[str], tick: Tick, above: "tuple[Streams, int] | None") -> None:
        """Answer for a plan from what entered where it parts from the one `above`, and for those that part from it."""
        whole, own = branch.plan.changes_nothing, self.variants.get(branch.plan, self.base)
        scorer = self.base if whole else own
        end = self._end(branch)
        beginning = taking_up(end, *above) if above is not None else nullcontext()
        # in this order: what is taken up is what enters the first layer
        with beginning, entering(end.model, {end.place(part.first) for part in branch.branches}) as streams:
            job.begin(end.model, True)
            answers = scorer.run(job, tick, end.model)
        for one in {scorer, own}:  # the unpruned model may be asked for among its variants
            # what one of them answered before stands: another batch may differ in the last bit, and was read already
            found = zip(keys, answers, strict=True)
            one.store.put({key: answer for key, answer in found if one.store.get(key) is None})
        for part in branch.branches:
            self._run(part, job, keys, tick, (streams, end.place(part.first)))
