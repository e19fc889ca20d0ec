"""Whether a machine can hold a run that trains every weight: reckoned before anything is spent."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.cards import cards_taken
from harness.models.structure import decoder_layers
from harness.recover.recipe import Recipe
from harness.sizes import size

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel

TRAINED = {"the weights": 4, "their gradients": 4, "AdamW's two moments": 8}
"""Bytes per weight, in float32 whatever the model is."""
COPY, CAST = {"the copy that is kept": 4}, {"the bfloat16 that is computed with": 2}
"""The copy lies in the machine's own memory; autocast makes the other of a bfloat16 model."""
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where Linux says how much a container may use."""


def require_memory(model: "PreTrainedModel", recipe: Recipe, ratio: float | None = None) -> None:
    """Refuse a model of which all weights cannot be trained on its device. Activations are not counted.

    Args:
        model: what is trained, or the unpruned model of it.
        recipe: how.
        ratio: share of its layers that will be removed before, at least; None: it is as it is trained.

    Raises:
        BadInput: the run takes more than there is.
    """
    import torch

    each = TRAINED | (COPY if model.device.type == "cpu" else {}) | (CAST if model.dtype == torch.bfloat16 else {})
    weights = _count(model) - (0 if ratio is None else _removed(model, ratio))
    resident = sum(parameter.nbytes for parameter in model.parameters())
    needed, there = resident + sum(each.values()) * weights, memory_for(model)
    if needed > there:
        raise BadInput(
            f"recipe {recipe.name} trains all weights, and {weights / 1e6:.1f} M take {size(needed)} "
            f"({sum(each.values())} bytes each for {', '.join(each)}, the model itself {size(resident)}, "
            f"activations not counted) where {model.device.type} has {size(there)}; use a recipe with "
            f"adapters, a smaller model, or a larger machine"
        )


def _count(module: "nn.Module") -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _removed(model: "PreTrainedModel", ratio: float) -> int:
    """Most weights that can go with this share of the layers."""
    layers = sorted((_count(layer) for layer in decoder_layers(model).modules), reverse=True)
    return sum(layers[: int(ratio * len(layers))])


def memory_for(model: "PreTrainedModel") -> int:
    """All the memory in bytes of what a model lies on: a CPU, a GPU, or several."""
    return memory_of(model.device) * (cards_taken() if model.device.type == "cuda" else 1)


def memory_of(device: "torch.device") -> int:
    """All the memory of a device in bytes, not what happens to be free; for a CPU what this process may use."""
    import torch

    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    stated = [path.read_text(encoding="ascii").strip() for path in LIMITS if path.is_file()]
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([installed, *(int(limit) for limit in stated if limit.isdecimal())])
