"""A model whose decoder layers lie on several GPUs, for one that a single GPU cannot hold.

Whole layers lie on one card each, in order; embeddings, norm and output layer on the first. Before a module runs,
whatever it is handed is brought to where it lies, by a hook that twins of the module have too (`prune.surgery`). So
prompts enter and logits leave on one card, and surgery, scoring and recovery see a model like any other; one card works
at a time.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from harness.models.structure import decoder_layers

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel

_HOME = "_harness_home"


def spread(model: "PreTrainedModel", devices: Sequence[Any]) -> None:
    """Move a model's parts to these devices, in place, so that each holds about as many bytes."""
    found = decoder_layers(model)
    inside = {id(part) for layer in found.modules for part in layer.modules()}
    # a norm without weights is there too: what leaves the last layer comes home before anything else takes it
    outside = [part for part in model.modules() if id(part) not in inside and (_holds(part) or not [*part.children()])]
    sizes = [_bytes(layer.parameters()) for layer in found.modules]
    shares = shared_out(
        sizes, _bytes(weight for part in outside for weight in part.parameters(recurse=False)), len(devices)
    )
    for part in outside:
        move(part, devices[0])
        settle(part, devices[0])
    for layer, share in zip(found.modules, shares, strict=True):
        for part in layer.modules():
            move(part, devices[share])
        settle(layer, devices[share])
    # as transformers itself says of a model that it has spread: its Trainer leaves such a one where it is
    vars(model)["hf_device_map"] = {"": devices[0]} | {
        f"{found.path}.{place}": devices[share] for place, share in enumerate(shares)
    }


def shared_out(sizes: Sequence[int], first: int, count: int) -> list[int]:
    """For each layer, on which of `count` devices it lies: in order, no device with more than need be. Pure.

    Args:
        sizes: of the layers.
        first: of what lies on the first device beside them.
        count: of the devices.
    """

    def within(most: int) -> list[int]:
        on, held, shares = 0, first, list[int]()
        for size in sizes:
            if held + size > most:
                on, held = on + 1, 0
            held += size
            shares.append(on)
        return shares

    enough = range(max(sizes), first + sum(sizes) + 1)
    return within(enough[bisect_left(enough, True, key=lambda most: within(most)[-1] < count)])


def is_spread(model: "PreTrainedModel") -> bool:
    """Whether a model, or what it was made from, was spread."""
    return any(_HOME in vars(part) for part in decoder_layers(model).modules)


def brought(module: "nn.Module", value: Any) -> Any:  # noqa: ANN401  # whatever a module is handed
    """A value with all its tensors where a module lies, if it was settled."""
    home = vars(module).get(_HOME)
    return value if home is None else _to(value, home)


def settle(module: "nn.Module", device: Any) -> None:  # noqa: ANN401
    """Have whatever a module is handed brought to where it lies."""
    vars(module)[_HOME] = device
    module.register_forward_pre_hook(_come, with_kwargs=True)


def move(part: "nn.Module", device: Any) -> None:  # noqa: ANN401
    """Move a module's own tensors, not those of its parts; weights that are tied stay so."""
    for tensor in (*part.parameters(recurse=False), *part.buffers(recurse=False)):
        tensor.data = tensor.data.to(device)


def beside(tensor: "torch.Tensor", other: "torch.Tensor") -> "torch.Tensor":
    """A tensor where another one is."""
    found: torch.Tensor = send(tensor, place_of(other))
    return found


def place_of(tensor: "torch.Tensor") -> Any:  # noqa: ANN401  # a torch device
    """Where a tensor is."""
    return tensor.device


def send(tensor: Any, device: Any) -> Any:  # noqa: ANN401
    """A tensor on a device."""
    return tensor.to(device)


def _come(module: "nn.Module", args: Any, kwargs: Any) -> Any:  # noqa: ANN401  # torch's hook signature
    return _to(args, vars(module)[_HOME]), _to(kwargs, vars(module)[_HOME])


vars(_come)["travels"] = True  # twins have it too


def _to(value: Any, device: Any) -> Any:  # noqa: ANN401
    import torch

    if isinstance(value, torch.Tensor):
        return send(value, device)
    if type(value) in (tuple, list):
        return type(value)(_to(part, device) for part in value)
    if type(value) is dict:
        return {name: _to(part, device) for name, part in value.items()}
    return value


def _holds(part: "nn.Module") -> bool:
    """Whether a module has tensors of its own."""
    return any(tensor is not None for own in (part._parameters, part._buffers) for tensor in own.values())  # noqa: SLF001


def _bytes(weights: "Iterable[Any]") -> int:
    return sum(int(weight.nbytes) for weight in weights)
