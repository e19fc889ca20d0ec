"""What enters each layer of a model, and variants that begin there: the exact half price of leaving out layers in turn.

Up to layer i the model without layer i *is* the model itself. So one run of the model is kept as what entered each of
its layers, and the variant without layer i begins at layer i + 1 with what entered layer i: L layer passes and
L(L-1)/2 more in place of L(L-1) (`performance.md` section 4a). Same kernels, same shapes, same bits. B rows, T tokens,
D width, L layers.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.prune.structure import decoder_layers
from harness.prune.surgery import hand_on, prune_layers

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
            streams[-1].append(args[0] if args else kwargs["hidden_states"])

        return hook

    stack = decoder_layers(model).modules
    handles = [layer.register_forward_pre_hook(note(index), with_kwargs=True) for index, layer in enumerate(stack)]
    try:
        yield streams
    finally:
        for handle in handles:
            handle.remove()


def end_without(model: "PreTrainedModel", layer: int) -> "PreTrainedModel":
    """The layers of `model` behind `layer`, to be run inside `without`.

    A model of no layers is none: behind the last layer that layer stays, and `without` makes it hand on its input.
    """
    last = len(decoder_layers(model).modules) - 1
    return prune_layers(model, range(min(layer + 1, last)))


@contextmanager
def without(end: "PreTrainedModel", streams: "Streams", layer: int) -> Iterator[None]:
    """While open, `end` answers what was asked for `streams` as the model without `layer` does.

    Args:
        end: `end_without(model, layer)`.
        streams: kept by `entering(model)`; each forward pass of `end` takes up the next of them.
        layer: position in the model.
    """
    first, states = decoder_layers(end).modules[0], iter([entered[layer] for entered in streams])

    def enter(_: Any, args: Any, kwargs: Any) -> Any:  # noqa: ANN401  # torch's hook signature
        state = next(states)
        return ((state, *args[1:]), kwargs) if args else (args, {**kwargs, "hidden_states": state})

    handles = [first.register_forward_pre_hook(enter, with_kwargs=True)]
    if layer == len(streams[0]) - 1:
        handles.append(first.register_forward_hook(hand_on, with_kwargs=True))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
