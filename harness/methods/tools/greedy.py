"""Greedy search: take away one thing at a time, each time the one whose absence scores highest. Pure.

What is taken away is a layer, or the attention or MLP of one; what a score is, is the method's business. Where a score
can be had part by part (items of a task, texts of a loss), whoever can no longer win is dropped, and what goes, in
which order, and what it scores are those of a search that asks everyone everything.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.errors import BadInput
from harness.methods.method import PartScore, Score
from harness.prune.plan import LayerPlan

T = TypeVar("T")


@dataclass(frozen=True, order=True)
class Rated:
    """How far a plan came in its step; of two, the greater lasted longer."""

    parts: int
    """That were asked of it."""
    most: float
    """Its score; of a plan that was dropped, what it would have come to at most."""


Rate = Callable[[Sequence[LayerPlan], Sequence[Rated | None]], Sequence[Rated]]
"""Rates the plans of one step; the highest, where ties go to the last, is rated whole. It is told how the same
candidates were rated in the step before, None where there was none, which may change what it asks and no outcome."""
Meet = Callable[[Sequence[LayerPlan]], Callable[[Sequence[int], int], Sequence[float]]]
"""Given the plans of one step, what tells of those at some places what they score at most by so many parts, which are
asked of them; exactly, by all, and the same of all by none."""


@dataclass(frozen=True)
class Step(Generic[T]):
    """One thing taken away."""

    gone: T
    plan: LayerPlan
    """Everything that is gone after this step."""
    score: float
    """The plan's; the highest of the step's candidates."""

    @property
    def row(self) -> tuple[str, float]:
        """The step in a ranking's trace."""
        return self.plan.describe(), self.score


def greedy_steps(
    candidates: Sequence[T], count: int, plan_without: Callable[[Sequence[T]], LayerPlan], rate: Rate
) -> Iterator[Step[T]]:
    """Take away `count` candidates, one after the other.

    A step is searched when it is asked for, so a caller may stop early.

    Args:
        candidates: what may go; of equal scores the later in this list goes.
        count: how many go.
        plan_without: the plan that lacks some candidates, given in the order in which they went.
        rate: rates the plans of one step; the highest is taken.

    Raises:
        BadInput: there are too few candidates, or a score is no number.
    """
    if count > len(candidates):
        raise BadInput(f"{count} are to be removed of {len(candidates)} that may go; ask for fewer layers")
    gone, before = list[T](), dict[T, Rated]()
    for _ in range(count):
        left = [candidate for candidate in candidates if candidate not in gone]
        plans = [plan_without([*gone, candidate]) for candidate in left]
        rated = rate(plans, [before.get(candidate) for candidate in left])
        if nan := [plan for plan, one in zip(plans, rated, strict=True) if math.isnan(one.most)]:
            raise BadInput(f"the score of the model without {nan[0].describe()} is undefined (NaN); expected a number")
        best = max(range(len(left)), key=lambda place: (rated[place].most, place))
        before = dict(zip(left, rated, strict=True))
        gone.append(left[best])
        yield Step(left[best], plans[best], rated[best].most)


def one_by_one(score: Score) -> Rate:
    """Rates plans by rating each, whole."""
    return lambda plans, _: [Rated(1, score(plan)) for plan in plans]


def in_parts(meet: Meet, parts: int) -> Rate:
    """Rates plans part by part, and drops whoever can no longer win.

    All are asked part after part until the leader, were it to go on as so far, would end above what another can still
    come to; then it is asked all. From there on only those are asked the next part that can still be better, or as good
    and preferred; who is ahead of the best on what both were asked is asked all at once.
    """

    def rate(plans: Sequence[LayerPlan], before: Sequence[Rated | None]) -> list[Rated]:
        at_most, everyone = meet(plans), range(len(plans))
        rated = [Rated(0, most) for most in at_most(everyone, 0)]
        best, nothing = None, Rated(0, 0.0)
        spotless = rated[0].most

        def asked(places: Sequence[int], part: int) -> None:
            for place, most in zip(places, at_most(places, part), strict=True):
                rated[place] = Rated(part, most)

        def preferred(place: int) -> tuple[float, int]:
            return rated[place].most, place

        for part in range(1, parts + 1):
            left = (place for place in everyone if rated[place].parts < part)
            hopeful = [place for place in left if best is None or preferred(place) > preferred(best)]
            if not hopeful:
                break
            asked(hopeful, part)
            ahead = max(hopeful, key=lambda place: (rated[place].most, before[place] or nothing, place))
            if best is None:
                expected = spotless - (spotless - rated[ahead].most) * parts / part
                if min(rated[place].most for place in hopeful) < expected:
                    asked([ahead], parts)
                    best = ahead
            elif rated[ahead].most > at_most([best], part)[0]:
                asked([ahead], parts)
                best = max(best, ahead, key=preferred)
        return rated

    return rate


def by_tasks(score: Score) -> Rate:
    """Rates plans by task scores: part by part where they can be had so, else each whole."""
    if not isinstance(score, PartScore):
        return one_by_one(score)
    bounds = score.bounds
    return in_parts(lambda plans: lambda places, part: bounds([plans[place] for place in places], part), score.parts)


def greedy_layers(
    candidates: Sequence[int], count: int, depth: int, rate: Rate, *, smaller_goes: bool = False
) -> Iterator[Step[int]]:
    """Take away `count` of the layers `candidates` of a model of `depth`.

    Of equal scores the larger index goes, or the smaller where a source has it so.

    Raises:
        BadInput: there are too few candidates.
    """
    order = sorted(candidates, reverse=smaller_goes)
    return greedy_steps(order, count, lambda layers: LayerPlan.without(layers, depth), rate)
