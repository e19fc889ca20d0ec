"""What several plans have in common, as a tree: every beginning that some of them share is run once. Pure.

Up to the first layer that two plans treat differently, their models are one. So of a set of plans one is run whole, and
each other from where it parts from one that was run before it. What is run comes to the distinct pairs of a beginning
and its next layer: L + L(L-1)/2 layers for every layer left out in turn, L for "without the last k" of all k.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.prune.plan import Blend, LayerPlan

Treatment = tuple[bool, bool, Blend | None] | None
"""Of a layer: whether its attention goes, whether its MLP goes, its new weights; None: it goes whole."""


@dataclass(frozen=True)
class Branch:
    """A plan that is run from one of its layers on, and those that part from it behind that."""

    plan: LayerPlan
    first: int
    """Layer of the unpruned model; what enters here is what entered there in the plan that this one parts from."""
    branches: "tuple[Branch, ...]" = ()

    @property
    def own(self) -> tuple[int, ...]:
        """Layers that are run for this plan."""
        return tuple(layer for layer in self.plan.kept if layer >= self.first)

    @property
    def passes(self) -> int:
        """Layers that are run, for this plan and all behind it."""
        return sum(len(layers) for _, layers in self.runs())

    def runs(self) -> "Iterator[tuple[LayerPlan, tuple[int, ...]]]":
        """Every plan, this one first, with the layers that are run for it."""
        yield self.plan, self.own
        for branch in self.branches:
            yield from branch.runs()


def tree_of(plans: Iterable[LayerPlan], first: int = 0) -> Branch:
    """The tree of plans of one depth that treat all layers before `first` alike; the plan with most layers leads."""
    several = list(dict.fromkeys(plans))
    leader = max(several, key=lambda plan: sum(layer >= first for layer in plan.kept))
    parted: dict[int, list[LayerPlan]] = {}
    for plan in several:
        if plan != leader:
            parted.setdefault(parts_from(plan, leader), []).append(plan)
    return Branch(leader, first, tuple(tree_of(group, layer) for layer, group in sorted(parted.items())))


def parts_from(plan: LayerPlan, other: LayerPlan) -> int:
    """The first layer that two plans of one depth treat differently; the depth where there is none."""
    both = zip(treatments(plan), treatments(other), strict=True)
    return next((layer for layer, (one, another) in enumerate(both) if one != another), plan.depth)


def treatments(plan: LayerPlan) -> Sequence[Treatment]:
    """What a plan does with each layer."""
    kept, blends = set(plan.kept), {blend.layer: blend for blend in plan.blends}
    return [
        (layer in plan.without_attention, layer in plan.without_mlp, blends.get(layer)) if layer in kept else None
        for layer in range(plan.depth)
    ]
