"""Everything of a model that a method could change, so that a change can be named."""

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel


def state_of(model: "PreTrainedModel") -> dict[str, str]:
    """What names each part of a model: weights, buffers, gradients, flags, hooks, modules, config."""
    state = {"config": str(model.config.to_dict())}
    for name, tensor in (*model.named_parameters(), *model.named_buffers()):
        state[f"weights of {name}"] = _bits(tensor)
        state[f"requires_grad of {name}"] = str(tensor.requires_grad)
        state[f"gradient of {name}"] = "none" if tensor.grad is None else "left behind"
    for name, module in model.named_modules():
        where = name or "the model"
        state[f"module {where}"] = f"{type(module).__qualname__} {id(module)}"
        state[f"training mode of {where}"] = str(module.training)
        state[f"hooks of {where}"] = str(
            sum(len(value) for key, value in vars(module).items() if _is_hooks(key, value))
        )
        state[f"attributes of {where}"] = _digest(_plain(vars(module)))
    return state


def differences(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """Names of the parts that differ, came or went, in order. Pure."""
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def weights_of(model: "PreTrainedModel") -> str:
    """Names every bit of a model's weights. Read anew each time: what is written through `.data` leaves no trace."""
    return _digest(" ".join(_bits(parameter) for parameter in model.parameters()))


def _bits(tensor: "torch.Tensor") -> str:
    import torch

    raw = tensor.detach().contiguous().reshape(-1).view(torch.uint8).cpu().numpy()
    return f"{tuple(tensor.shape)} {tensor.dtype} {hashlib.sha256(raw.data).hexdigest()}"


def _is_hooks(key: str, value: Any) -> bool:  # noqa: ANN401  # any attribute of a module
    return "hooks" in key and isinstance(value, dict)


def _plain(attributes: Mapping[str, Any]) -> str:
    kept = {
        name: value
        for name, value in attributes.items()
        if name != "training" and isinstance(value, (bool, int, float, str, type(None)))
    }
    forward = "forward" in attributes
    return f"{sorted(kept.items())} {forward}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
