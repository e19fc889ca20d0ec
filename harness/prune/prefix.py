"""What enters the layers of a model, and variants that begin where they part from it, exactly (`prune.tree`).

Up to the first layer that two variants treat differently they are one model. So a run of the one is kept as what
entered its layers, and the other begins at its first own layer with what entered there. Same kernels, same shapes, same
bits.
B rows, T tokens, D width, L layers.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from harness.models.hooks import hooked, stream_in, stream_out
from harness.models.spread import brought
from harness.models.structure import attention_of_hybrid, decoder_layers, text_config
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan
from harness.prune.surgery import hand_on

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    Streams = list[dict[int, torch.Tensor]]
    """Hidden states (B, T, D) that entered a layer, by its place, for each forward pass."""


@contextmanager
def entering(model: "PreTrainedModel", places: "Collection[int] | None" = None) -> "Iterator[Streams]":
    """While open, keeps what enters decoder layers in every forward pass: those at `places`, or all.

    The place behind the last layer is what leaves it.
    """
    streams: Streams = []

    def note(place: int) -> Any:  # noqa: ANN401  # a torch hook
        def hook(_: Any, args: Any, kwargs: Any) -> None:  # noqa: ANN401
            if place == 0:
                streams.append({})
            if places is None or place in places:
                streams[-1][place] = stream_in(args, kwargs)

        return hook

    def leave(_: Any, args: Any, kwargs: Any, output: Any) -> None:  # noqa: ANN401  # a torch hook
        if places is None or len(stack) in places:
            streams[-1][len(stack)] = stream_out(output).reshape(stream_in(args, kwargs).shape)

    stack = decoder_layers(model).modules
    noted = [layer.register_forward_pre_hook(note(place), with_kwargs=True) for place, layer in enumerate(stack)]
    with hooked(*noted, stack[-1].register_forward_hook(leave, with_kwargs=True)):
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
    """The layers of a variant from one of the unpruned model's on."""

    model: "PreTrainedModel"
    own: tuple[int, ...]
    """Its layers, as of the unpruned model. A model needs one layer: where none is left, one is kept that hands on its
    input."""

    def place(self, layer: int) -> int:
        """Where in `entering` what enters a layer of the unpruned model is."""
        return bisect_left(self.own, layer)


def beginning_of(base: "PreTrainedModel", plan: LayerPlan, behind: int) -> End:
    """What `plan` leaves of `base` before layer `behind`, whose `place` is there; at least one layer.

    Raises:
        BadInput: the family does not allow what the plan asks.
    """
    own = tuple(layer for layer in plan.kept if layer < behind) or plan.kept[:1]
    return End(apply_plan(base, _only(plan, own)), own)


def end_of(base: "PreTrainedModel", plan: LayerPlan, first: int) -> End:
    """What `plan` leaves of `base` from layer `first` on.

    Raises:
        BadInput: the family does not allow what the plan asks.
    """
    own = tuple(layer for layer in plan.kept if layer >= first)
    if not own:
        return End(apply_plan(base, LayerPlan((min(first, plan.depth - 1),), plan.depth)), ())
    return End(apply_plan(base, _only(plan, own)), own)


def _only(plan: LayerPlan, own: tuple[int, ...]) -> LayerPlan:
    """The plan that keeps only these of what a plan keeps, and treats them as it does."""
    attention, mlp = (
        tuple(layer for layer in layers if layer in own) for layers in (plan.without_attention, plan.without_mlp)
    )
    blends = tuple(blend for blend in plan.blends if blend.layer in own)
    return replace(plan, kept=own, without_attention=attention, without_mlp=mlp, blends=blends)


@contextmanager
def taking_up(end: End, streams: "Streams", place: int) -> Iterator[None]:
    """While open, `end.model` answers what was asked for `streams` as the whole variant does.

    `streams` are what `entering` kept of the model that the variant parts from, there at `place`; each forward pass of
    the end takes up the next of them.
    """
    first, states = decoder_layers(end.model).modules[0], iter([entered[place] for entered in streams])

    def enter(_: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401  # torch's hook signature
        state = brought(first, next(states))
        return ((state, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": state})

    handles = [first.register_forward_pre_hook(enter, with_kwargs=True)]
    if not end.own:
        handles.append(first.register_forward_hook(hand_on, with_kwargs=True))
    with hooked(*handles):
        yield
