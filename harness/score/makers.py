"""Who makes an answer, beside the weights: versions, device and dtype, which may change a last bit."""

import platform
from typing import TYPE_CHECKING

from harness.versions import versions

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def makers(model: "PreTrainedModel") -> dict[str, str]:
    """What answers were made with, beside the weights: what may change a last bit, and with it an item."""
    import torch

    known = versions()
    made = {package: known[package] for package in ("torch", "transformers", "tokenizers", "layer-pruning-checks")}
    gpu = model.device.type == "cuda"
    return made | {
        "device": torch.cuda.get_device_name(model.device) if gpu else f"{model.device.type} {platform.machine()}",
        "dtype": str(model.dtype).removeprefix("torch."),
    }
