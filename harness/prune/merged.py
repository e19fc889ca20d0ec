"""One model that runs rows of several variants, each through the layers that its plan leaves; exact.

A twin of the unpruned model embeds all rows and makes all logits. In the place of each of its decoder layers every
distinct module that variants have there (the layer itself, or what a plan makes of it) is given the states of the rows
whose plan has it, with their part of the mask, the positions and whatever else the model hands its layers by row;
states of rows whose plan has nothing there pass by. So all that is computed is the family's own code.

Every such module has a place of its own in the key-value cache, which holds its rows only. The places in front of them
belong to nobody: there the model's masks are told how many tokens went by, whoever is left to have seen them.

B prompts, R rows, T tokens, D width.
"""

import copy
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from harness.models.families import INDEX_ATTRIBUTES
from harness.models.spread import brought
from harness.models.structure import decoder_layers
from harness.prune.plan import LayerPlan
from harness.prune.routes import Crossing, Lane, route_of
from harness.prune.surgery import share
from harness.prune.tree import Treatment, treatments

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import DynamicCache, PreTrainedModel

    Modules = dict[Treatment, nn.Module]

Place = tuple[int, Treatment]
"""A layer of the unpruned model, and what a plan makes of it."""


class Merged:
    """Variants of one base as one model, and the rows that are in it now."""

    def __init__(self, base: "PreTrainedModel", variants: Mapping[LayerPlan, "PreTrainedModel"]) -> None:
        """Takes the layers of every variant, as they are; weights are shared.

        Args:
            base: the unpruned model.
            variants: what each plan leaves of it; the base itself where a plan removes nothing.
        """
        from transformers import DynamicCache

        self.model = share(base)
        self._kinds = DynamicCache(config=base.config).layers
        told = {(type(kind), getattr(kind, "sliding_window", None)): kind for kind in self._kinds}
        self._counters = list(told.values())
        self.counters = len(told)
        """Places of the cache that only count tokens; they are the first ones."""
        own: list[Modules] = [{} for _ in self._kinds]
        for plan, model in variants.items():
            made = treatments(plan)
            for layer, module in zip(plan.kept, decoder_layers(model).modules, strict=True):
                own[layer].setdefault(made[layer], module)
        self.places = {
            (layer, treatment): self.counters + place
            for place, (layer, treatment) in enumerate((layer, t) for layer, found in enumerate(own) for t in found)
        }
        self.modules = {at: _placed(own[at[0]][at[1]], place) for at, place in self.places.items()}
        self.ways: list[Way] = []
        """Of the rows that are in it, by layer."""
        for layer, module in enumerate(decoder_layers(self.model).modules):
            vars(module)["forward"] = partial(self._cross, layer)

    def cache(self) -> "DynamicCache":
        """An empty one."""
        from transformers import DynamicCache

        cache = DynamicCache(config=self.model.config)
        kinds = [*self._counters, *(self._kinds[layer] for layer, _ in self.places)]
        cache.layers = [copy.deepcopy(kind) for kind in kinds]
        return cache

    def enter(self, rows: Sequence[tuple[int, LayerPlan]]) -> tuple[Crossing, ...]:
        """Let the next passes run these rows, given as to `route_of`; the way they go."""
        route = route_of(rows)
        count = max(prompt for prompt, _ in rows) + 1
        layers = decoder_layers(self.model).modules
        self.ways = [
            _way(crossing, count, self.model.device, layer) for crossing, layer in zip(route, layers, strict=True)
        ]
        return route

    def passed(self, cache: "DynamicCache", tokens: int) -> None:
        """Count the tokens of a pass, after it."""
        import torch

        for counter in cache.layers[: self.counters]:
            seen = torch.zeros(1, 1, tokens, 1, dtype=self.model.dtype, device=self.model.device)
            counter.update(seen, seen)  # type: ignore[union-attr]  # what cannot count does not merge

    def _cross(self, layer: int, *args: Any, **kwargs: Any) -> "torch.Tensor":  # noqa: ANN401  # as families call layers
        hidden, way = args[0] if args else kwargs["hidden_states"], self.ways[layer]
        if way.alike is not None:
            return _states(self.modules[layer, way.alike](*args, **kwargs))
        leaving: torch.Tensor = hidden.index_select(0, way.entered)
        for lane in way.lanes:
            own = [hidden.index_select(0, lane.entering)]
            asked = [_of_rows(value, lane.asked, way.prompts) for value in args[1:]]
            named = {name: _of_rows(value, lane.asked, way.prompts) for name, value in kwargs.items()}
            if not args:
                named["hidden_states"] = own.pop()
            leaving.index_copy_(0, lane.leaving, _states(self.modules[layer, lane.treatment](*own, *asked, **named)))
        return leaving


def differ_in_layers_only(base: "PreTrainedModel", variants: Iterable["PreTrainedModel"]) -> bool:
    """Whether embeddings, norms and heads of variants are the base's own: the base's are what `Merged` runs."""
    own = _outside(base)
    return all(_outside(variant) == own for variant in variants)


def _outside(model: "PreTrainedModel") -> dict[str, int]:
    """The parameters that belong to no decoder layer: name -> which one it is."""
    path = f"{decoder_layers(model).path}."
    return {name: id(tensor) for name, tensor in model.named_parameters() if not name.startswith(path)}


@dataclass(frozen=True)
class Way:
    """A crossing on the device."""

    prompts: int
    entered: "torch.Tensor"
    lanes: "tuple[_Lane, ...]"
    """Of states that go through a module."""
    alike: Treatment
    """Where every row goes through one module as it is."""


@dataclass(frozen=True)
class _Lane:
    treatment: Treatment
    asked: "torch.Tensor"
    entering: "torch.Tensor"
    leaving: "torch.Tensor"


def _way(crossing: Crossing, prompts: int, device: "torch.device", layer: "nn.Module") -> Way:
    """A crossing where the base's layer lies."""
    import torch

    def there(places: tuple[int, ...]) -> "torch.Tensor":
        found: torch.Tensor = brought(layer, torch.tensor(places, device=device))
        return found

    def lane_of(lane: Lane) -> _Lane:
        return _Lane(lane.treatment, there(lane.asked), there(lane.entering), there(lane.leaving))

    whole, (first, *others) = tuple(range(prompts)), crossing.lanes
    alike = first.treatment if not others and first.asked == first.entering == whole else None
    lanes = tuple(lane_of(lane) for lane in crossing.lanes if lane.treatment is not None)
    return Way(prompts, there(crossing.entered), lanes, alike)


def _placed(module: "nn.Module", place: int) -> "nn.Module":
    """A twin of a layer that has this place in the cache."""
    twin = share(module)
    for part in twin.modules():
        for name in INDEX_ATTRIBUTES:
            if isinstance(vars(part).get(name), int):
                vars(part)[name] = place
    return twin


def _of_rows(value: Any, rows: "torch.Tensor", count: int) -> Any:  # noqa: ANN401  # whatever a layer is handed
    """What `rows` have of a value that has a part for each of `count` prompts; anything else as it is."""
    import torch

    if isinstance(value, torch.Tensor):
        return value.index_select(0, rows) if value.ndim > 1 and value.shape[0] == count else value
    if isinstance(value, (tuple, list)):
        return type(value)(_of_rows(part, rows, count) for part in value)
    return value


def _states(output: Any) -> "torch.Tensor":  # noqa: ANN401  # whatever the family's layers return
    """Hidden states (R, T, D).

    Raises:
        TypeError: there is more: nobody knows which of it is by row.
    """
    import torch

    if not isinstance(output, torch.Tensor):
        raise TypeError(f"a layer that returns {type(output).__name__}, expected hidden states alone")
    return output
