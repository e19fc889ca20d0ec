"""Greedy search: take away one thing at a time, each time the one whose absence scores highest. Pure.

What is taken away is a layer, or the attention or MLP of one; what a score is, is the method's business.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.errors import BadInput
from harness.methods.method import Score
from harness.prune.plan import LayerPlan

T = TypeVar("T")
Rate = Callable[[Sequence[LayerPlan]], Sequence[float]]
"""Scores of several plans, in order."""


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
        BadInput: there are too few candidates.
    """
    if count > len(candidates):
        raise BadInput(f"{count} are to be removed of {len(candidates)} that may go; ask for fewer layers")
    gone: list[T] = []
    for _ in range(count):
        left = [candidate for candidate in candidates if candidate not in gone]
        plans = [plan_without([*gone, candidate]) for candidate in left]
        steps = [Step(*step) for step in zip(left, plans, rate(plans), strict=True)]
        best = max(reversed(steps), key=lambda step: step.score)
        gone.append(best.gone)
        yield best


def one_by_one(score: Score) -> Rate:
    """Rates plans by rating each."""
    return lambda plans: [score(plan) for plan in plans]


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
