"""What enters each layer of a model, and variants that begin where they differ from it: half the price, exactly.

Up to layer i the model without layer i, or without a unit of it, *is* the model itself. So one run of the model is kept
as what entered each of its layers, and the variant begins at its first own layer with what entered there: for L layers
left out in turn, L layer passes and L(L-1)/2 more in place of L(L-1). Same kernels, same
shapes, same bits. B rows, T tokens, D width, L layers.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.models.hooks import hooked, stream_in
from harness.models.structure import attention_of_hybrid, decoder_layers, text_config
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.prune.surgery import hand_on

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    Streams = list[list[torch.Tensor]]
    """Hidden states (B, T, D) that entered each layer, for each forward pass."""


@contextmanager
def entering(model: "PreTrainedModel") -> "Iterator[Streams]":
    """While open, keeps what enters each decoder layer in every forward pass."""
    streams: Streams = []

    def note(layer: int) -> Any:  # noqa: ANN401  # a torch hook
        def hook(_: Any, args: Any, kwargs: Any) -> None:  # noqa: ANN401
            if layer == 0:
                streams.append([])
            streams[-1].append(stream_in(args, kwargs))

        return hook

    stack = decoder_layers(model).modules
    with hooked(*(layer.register_forward_pre_hook(note(place), with_kwargs=True) for place, layer in enumerate(stack))):
        yield streams


def shared_plan(plans: Sequence[LayerPlan]) -> LayerPlan:
    """The plan that removes what all of `plans` remove, units and whole layers. Pure."""
    return LayerPlan.without_units(frozenset.intersection(*(plan.units for plan in plans)), plans[0].depth)


def shares_beginnings(model: "PreTrainedModel") -> bool:
    """Whether the last layers can be run alone.

    In hybrids they may hold no attention layer, and the cache counts tokens there.
    """
    return not attention_of_hybrid(text_config(model))


@dataclass(frozen=True)
class End:
    """The layers of a variant from where it differs from the model that it shares its beginning with."""

    model: "PreTrainedModel"
    position: int
    """In the shared model: the layer whose input is taken up."""
    empty: bool
    """True if nothing is left after this point. A model needs one layer, so one is kept that hands on its input."""


def end_of(base: "PreTrainedModel", plan: LayerPlan, shared: LayerPlan) -> End:
    """What `plan` leaves of `base` behind all that it has in common with `shared`.

    Args:
        base: the unpruned model.
        plan: removes units or layers that `shared` keeps, and all that `shared` removes.
        shared: the plan of the model whose run is taken up.

    Raises:
        BadInput: the family does not allow what the plan asks.
    """
    first = min(layer for layer, _ in plan.units - shared.units)
    own, position = [layer for layer in plan.kept if layer >= first], shared.kept.index(first)
    if not own:
        return End(apply_plan(base, LayerPlan((first,), plan.depth)), position, empty=True)
    attention, mlp = (
        tuple(layer for layer in layers if layer >= first) for layers in (plan.without_attention, plan.without_mlp)
    )
    behind = replace(plan, kept=tuple(own), without_attention=attention, without_mlp=mlp)
    return End(apply_plan(base, behind), position, empty=False)


@contextmanager
def taking_up(end: End, streams: "Streams") -> Iterator[None]:
    """While open, `end.model` answers what was asked for `streams` as the whole variant does.

    `streams` are what `entering` kept of the shared model; each forward pass of the end takes up the next of them.
    """
    first, states = decoder_layers(end.model).modules[0], iter([entered[end.position] for entered in streams])

    def enter(_: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401  # torch's hook signature
        state = next(states)
        return ((state, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": state})

    handles = [first.register_forward_pre_hook(enter, with_kwargs=True)]
    if end.empty:
        handles.append(first.register_forward_hook(hand_on, with_kwargs=True))
    with hooked(*handles):
        yield
