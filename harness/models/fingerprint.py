"""A model's identity is what it computes with: the bits of its weights and the parts of its config that matter.

A pruned variant in memory and the same variant reloaded from a folder have the same fingerprint; changing one weight,
one kept layer or the dtype gives another. Checksums are integer sums, so they do not depend on threads or hardware,
and are cached on the parameter, so that fingerprinting a variant costs nothing after its base.
"""

import hashlib
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

# where the model came from or how it is stored, not what it computes
_VOLATILE = {
    "_name_or_path", "transformers_version", "dtype", "torch_dtype", "kept_layers", "architectures", "use_cache",
    "_attn_implementation", "_attn_implementation_internal", "quantization_config", "name_or_path",
}  # fmt: skip
_SAMPLE = 4096  # evenly spaced elements hashed in order, so that permuted weights differ
_DIGITS = 16


def checksum(tensor: "torch.Tensor") -> str:
    """Exact, order-independent sum of a tensor's bit patterns plus a hash of an ordered sample."""
    import torch

    cached: tuple[int, str] | None = getattr(tensor, "_harness_checksum", None)
    version = 0 if tensor.is_inference() else tensor._version  # noqa: SLF001  # torch's own counter of in-place changes
    if cached and cached[0] == version:
        return cached[1]
    flat = tensor.detach().reshape(-1)
    integers = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[flat.element_size()]
    bits = flat.view(integers)
    total = int(bits.sum(dtype=torch.int64))
    sample = bits[:: max(1, len(bits) // _SAMPLE)].to(torch.int64).cpu().numpy().tobytes()
    value = f"{tuple(tensor.shape)} {tensor.dtype} {total} {hashlib.sha256(sample).hexdigest()}"
    tensor._harness_checksum = (version, value)  # type: ignore[attr-defined]  # noqa: SLF001  # torch allows it
    return value


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _plain(value) if isinstance(value, dict) else value
        for key, value in sorted(config.items())
        if key not in _VOLATILE
    }


def fingerprint(model: "PreTrainedModel") -> str:
    """16 hexadecimal digits naming what the model computes."""
    digest = hashlib.sha256(json.dumps(_plain(model.config.to_dict()), sort_keys=True, default=str).encode())
    for name, parameter in sorted(model.named_parameters()):
        digest.update(f"{name} {checksum(parameter)}\n".encode())
    return digest.hexdigest()[:_DIGITS]
