"""Which rows of a batch each layer is given where the rows follow several plans. Pure.

A row is a prompt that is asked of a variant. Rows of one prompt are one until their plans part (`prune.tree`), so what
leaves a layer is a list of distinct states, and every row knows its own among them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.prune.plan import LayerPlan
from harness.prune.tree import Treatment, treatments


@dataclass(frozen=True)
class Lane:
    """States that one layer treats alike."""

    treatment: Treatment
    asked: tuple[int, ...]
    """Of each, whose prompt it is."""
    entering: tuple[int, ...]
    """Its place among the states that enter the layer."""
    leaving: tuple[int, ...]
    """Its place among those that leave it, in rising order."""


@dataclass(frozen=True)
class Crossing:
    """All states at one layer."""

    lanes: tuple[Lane, ...]
    entered: tuple[int, ...]
    """Of each state that leaves, the one that it entered as."""
    rows: tuple[int, ...]
    """Of each row, its place among the states that leave."""


def route_of(rows: Sequence[tuple[int, LayerPlan]]) -> tuple[Crossing, ...]:
    """How rows go through the layers of the unpruned model, every state that several of them have once.

    Args:
        rows: the place of a row's prompt, and its plan; all prompts from 0 on are there, all plans of one depth.
    """
    told = {plan: treatments(plan) for plan in {plan for _, plan in rows}}
    prompts = list(range(max(prompt for prompt, _ in rows) + 1))
    at, route = [prompt for prompt, _ in rows], []
    for layer in range(rows[0][1].depth):
        parted = [(place, told[plan][layer]) for place, (_, plan) in zip(at, rows, strict=True)]
        states = {state: place for place, state in enumerate(sorted(dict.fromkeys(parted), key=lambda one: one[0]))}
        lanes: dict[Treatment, list[tuple[int, int, int]]] = {}
        for (entered, treatment), place in states.items():
            lanes.setdefault(treatment, []).append((prompts[entered], entered, place))
        at = [states[state] for state in parted]
        route.append(
            Crossing(
                tuple(Lane(treatment, *zip(*found, strict=True)) for treatment, found in lanes.items()),
                tuple(entered for entered, _ in states),
                tuple(at),
            )
        )
        prompts = [prompts[entered] for entered, _ in states]
    return tuple(route)
