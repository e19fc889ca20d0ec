"""Rows of several variants written on as one batch: a step of all of them waits for the machine as one step does."""

from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from harness.models.structure import depth_of, text_config
from harness.prune.apply import apply_plan
from harness.prune.merged import Merged, Place
from harness.prune.plan import LayerPlan
from harness.prune.prefix import shares_beginnings
from harness.prune.routes import route_of
from harness.prune.tree import treatments, tree_of
from harness.score.abilities import abilities_of, holds
from harness.score.decoders import PaddedDecoder
from harness.score.forward import prefill, whole
from harness.score.slots import can_join

if TYPE_CHECKING:
    import torch
    from transformers import DynamicCache, PreTrainedModel

    from harness.prune.routes import Crossing
    from harness.score.abilities import Compared
    from harness.score.recorded import Recorder


class MergedDecoder:
    """Prompts of unequal length, each asked of a variant, padded on the left, with a cache.

    What several rows begin with, prompt and layers, is run once; see `prune.routes`.
    """

    padded: PaddedDecoder
    """The rows, as if they were one variant's."""
    route: "Sequence[Crossing]"
    alive: Counter[LayerPlan]
    """Rows by variant."""

    def __init__(
        self,
        merged: Merged,
        plans: Sequence[LayerPlan],
        pad: int,
        most: int | None = None,
        recorder: "Recorder | None" = None,
    ) -> None:
        """Nothing is read yet.

        Args:
            merged: the variants.
            plans: of the rows.
            pad: fills the shorter prompts.
            most: prompt tokens of rows that are read in one pass, where families allow it; None: any number.
            recorder: as of a `PaddedDecoder`.
        """
        self.merged, self.plans, self.pad, self.most = merged, list(plans), pad, most
        self.recorder = recorder
        self.begun, self.written = Counter[frozenset[LayerPlan]](), Counter[LayerPlan]()
        """Prompts by the variants that they are asked of, and steps of the rows by variant."""

    def start(self, prompts: Sequence[Sequence[int]]) -> "torch.Tensor":
        """Next-token logits of the rows (R, V)."""
        import torch

        count = len(prompts)
        if self.most is not None and can_join(self.merged.cache().layers):
            count = max(1, self.most // max(map(len, prompts)))
        parts = [
            self._read(prompts[at : at + count], self.plans[at : at + count]) for at in range(0, len(prompts), count)
        ]
        (_, self.padded), *others = parts
        for _, other in others:
            self.padded.join(other, self.merged.counters)
        self._enter()
        return torch.cat([logits for logits, _ in parts])

    def _read(
        self, prompts: Sequence[Sequence[int]], plans: Sequence[LayerPlan]
    ) -> "tuple[torch.Tensor, PaddedDecoder]":
        """Read the prompts of some rows; their logits, and the rows."""
        import torch

        places = {prompt: place for place, prompt in enumerate(dict.fromkeys(map(tuple, prompts)))}
        owner = [places[tuple(prompt)] for prompt in prompts]
        route = self.merged.enter(list(zip(owner, plans, strict=True)))
        read = PaddedDecoder(self.merged.model, self.pad, self.recorder)
        logits, read.cache, mask = prefill(self.merged.model, list(places), self.pad, self.merged.cache())
        self.merged.passed(read.cache, mask.shape[1])
        asked: dict[int, set[LayerPlan]] = {}
        for place, plan in zip(owner, plans, strict=True):
            asked.setdefault(place, set()).add(plan)
        self.begun.update(map(frozenset, asked.values()))

        self._settle(read.cache, route, route_of(list(enumerate(plans))), range(len(owner)))
        read.mask = mask[torch.tensor(owner, device=mask.device)]
        return logits[torch.tensor(route[-1].rows, device=logits.device)], read

    def _enter(self) -> None:
        """Let the next steps run the rows that are there."""
        self.route, self.alive = self.merged.enter(list(enumerate(self.plans))), Counter(self.plans)
        self.ways = self.merged.ways  # which a recording reads for as long as it is played

    def join(self, other: "MergedDecoder") -> None:
        """Take in the rows of another batch of the same variants, behind those that are there.

        What the other has run stays the other's to answer for (`due`).
        """
        self.padded.join(other.padded, self.merged.counters)
        self.plans += other.plans
        self._enter()

    def keep(self, rows: "torch.Tensor") -> None:
        """Leave all other rows of the batch."""
        self.padded.settle()
        kept, before = rows.tolist(), self.route
        self.plans = [self.plans[row] for row in kept]
        self.padded.mask = self.padded.mask[rows]
        self._enter()
        self._settle(self.padded.cache, before, self.route, kept)

    def step(self, tokens: "torch.Tensor") -> "torch.Tensor":
        """Next-token logits (R, V) after one more token for each row (R,)."""
        logits = self.padded.step(tokens)
        if self.padded.recorded is None:
            self.merged.passed(self.padded.cache, 1)
        self.written.update(self.alive)
        return logits

    def due(self) -> Counter[Place]:
        """How many rows must have gone through which module so far, by the plans alone."""
        rows = Counter[Place]()
        for plans, times in self.begun.items():
            for plan, layers in tree_of(plans).runs():
                rows.update({(layer, treatments(plan)[layer]): times for layer in layers})
        for plan, times in self.written.items():
            rows.update({(layer, treatments(plan)[layer]): times for layer in plan.kept})
        return rows

    def _settle(
        self, cache: "DynamicCache", before: "Sequence[Crossing]", after: "Sequence[Crossing]", kept: Sequence[int]
    ) -> None:
        """Give each row of `kept`, places of rows before, its own part of the cache, and let all other rows go."""
        import torch

        for layer, (old, new) in enumerate(zip(before, after, strict=True)):
            were = {lane.treatment: lane.leaving for lane in old.lanes}
            now = {lane.treatment: lane.asked for lane in new.lanes}
            for treatment in were.keys() - {None}:
                at = {state: place for place, state in enumerate(were[treatment])}
                own = [at[old.rows[kept[row]]] for row in now.get(treatment, ())]
                if own == list(at.values()):
                    continue
                index = torch.tensor(own, dtype=torch.long, device=self.merged.model.device)
                slot = cache.layers[self.merged.places[layer, treatment]]
                slot.reorder_cache(index)  # type: ignore[arg-type]  # any tensor of integers will do


def merges(model: "PreTrainedModel") -> bool:
    """Whether rows of variants may be one batch: asked once, of those without the first and without the last layer."""
    known: bool | None = vars(model).get("_harness_merges")
    if known is None:
        may = shares_beginnings(model) and abilities_of(model).decoding == "padded"
        known = may and holds(model, partial(_compared, model))
        vars(model)["_harness_merges"] = known
    return known


def _compared(model: "PreTrainedModel", long: tuple[int, ...], short: tuple[int, ...]) -> "Compared":
    """Two more tokens of four rows, between which the unpruned model's leaves: then nobody has all layers."""
    import torch

    depth = depth_of(text_config(model))
    plans = [LayerPlan.full(depth), LayerPlan.without((0,), depth), LayerPlan.without((depth - 1,), depth)]
    variants = {plan: apply_plan(model, plan) for plan in plans}
    rows = list(zip(([*plans, plans[1]]), (long, short, long, long), strict=True))
    decoder = MergedDecoder(Merged(model, variants), [plan for plan, _ in rows], 0)

    def tokens(back: int) -> "torch.Tensor":
        return torch.tensor([row[-back] for _, row in rows], device=model.device)

    steps = [decoder.start([row[:-3] for _, row in rows]), decoder.step(tokens(3))]
    decoder.keep(torch.arange(1, len(rows), device=model.device))
    steps.append(torch.cat([steps[-1][:1], decoder.step(tokens(2)[1:])]))
    truth = [whole(variants[plan], [row])[0][-4:-1] for plan, row in rows]
    found = [torch.stack([logits[at] for logits in steps]) for at in range(len(rows))]
    return [(found[0][:2], truth[0][:2]), *zip(found[1:], truth[1:], strict=True)]
