"""Whether a machine can hold a run that trains every weight: reckoned before anything is spent."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.recover.recipe import Recipe

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

TRAINED = {"the weights": 4, "their gradients": 4, "AdamW's two moments": 8, "the copy that is kept": 4}
"""Bytes a weight, in float32 whatever the model is."""
CAST = 2  # bytes a weight that autocast computes with, where the model is bfloat16
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where Linux says how much a container may use."""
GIGABYTE = 1e9


def require_memory(model: "PreTrainedModel", recipe: Recipe) -> None:
    """Refuse a model of which all weights cannot be trained on its device.

    Activations are not counted. Where the unpruned model is asked about, what the removed layers would have taken is
    left for them.

    Raises:
        BadInput: the run takes more than there is.
    """
    import torch

    weights = sum(parameter.numel() for parameter in model.parameters())
    resident = sum(parameter.nbytes for parameter in model.parameters())
    each = sum(TRAINED.values()) + (CAST if model.dtype == torch.bfloat16 else 0)
    needed, there = resident + each * weights, memory_of(model.device)
    if needed > there:
        raise BadInput(
            f"recipe {recipe.name} trains all weights, and {weights / 1e6:.1f} M take {needed / GIGABYTE:.3g} GB "
            f"({each} bytes each for {', '.join(TRAINED)}, the model itself {resident / GIGABYTE:.3g} GB, activations "
            f"not counted) where {model.device.type} has {there / GIGABYTE:.3g} GB; use a recipe with adapters, a "
            f"smaller model, or a larger machine"
        )


def memory_of(device: "torch.device") -> int:
    """All the memory of a device in bytes, not what happens to be free; for a CPU what this process may use."""
    import torch

    if device.type == "cuda":
        return int(torch.cuda.get_device_properties(device).total_memory)
    stated = [path.read_text(encoding="ascii").strip() for path in LIMITS if path.is_file()]
    installed = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([installed, *(int(limit) for limit in stated if limit.isdecimal())])
