"""A model's identity is what it computes with: every bit of its state and the parts of its config that matter.

State is every parameter, every saved buffer, and what quantised weights and adapters compute with beside their tensors
(scales, maps, types, scaling, which adapter is on). A pruned variant in memory and the same variant reloaded from a
folder have the same fingerprint; changing one value, one kept layer or the dtype gives another. Every byte is hashed
(about 1.8 GB a second and core, as fast as weights are read from a disk); digests of parameters are remembered, so that
fingerprinting a variant costs little after its base.
"""

import hashlib
import itertools
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from harness.models.quantised import bits, quantised_weights, raw

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel

STORED = {
    "_name_or_path", "transformers_version", "dtype", "torch_dtype", "kept_layers", "architectures", "use_cache",
    "_attn_implementation", "_attn_implementation_internal", "quantization_config", "name_or_path",
}  # fmt: skip
"""Entries of a config that say where the model came from or how it is stored, not what it computes."""
_ORDINARY, _QUANTISED = ("torch.nn.", "transformers."), ("transformers.integrations.", "transformers.quantizers.")
"""Where modules come from that compute what their tensors and the config say, and which of them do not."""
_OF_A_RUN = {"compute_type_is_set", "_is_hf_initialized"}
_SAMPLE = 4096  # evenly spaced elements by which a remembered digest is doubted
_DIGITS = 16


def fingerprint(model: "PreTrainedModel") -> str:
    """16 hexadecimal digits naming what the model computes."""
    digest = hashlib.sha256(json.dumps(_plain(model.config.to_dict()), sort_keys=True, default=str).encode())
    quantised = quantised_weights(model)
    saved = itertools.chain(model.named_parameters(), _saved_buffers(model))
    tensors = sorted((name, tensor) for name, tensor in saved if name not in quantised)
    lines = [
        f"{name} {value}" for (name, _), value in zip(tensors, _checksums([one for _, one in tensors]), strict=True)
    ]
    for line in (*lines, *(f"{name} {what}" for name, what in sorted(quantised.items())), *_settings(model)):
        digest.update(f"{line}\n".encode())
    return digest.hexdigest()[:_DIGITS]


def _checksums(tensors: "Sequence[torch.Tensor]") -> list[str]:
    """Those that are not remembered by threads, which a variant, all of whose are, need not wait for."""
    found = [_remembered(tensor, _state(tensor)) for tensor in tensors]
    new = [tensor for tensor, value in zip(tensors, found, strict=True) if value is None]
    if new:
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # hashlib lets other threads run
            made = pool.map(checksum, new)
            return [value or next(made) for value in found]
    return [value for value in found if value is not None]


def _remembered(tensor: "torch.Tensor", state: object) -> str | None:
    cached: tuple[object, str] | None = getattr(tensor, "_harness_checksum", None)
    return cached[1] if cached and cached[0] == state else None


def checksum(tensor: "torch.Tensor") -> str:
    """Names shape, dtype and every bit of a tensor.

    Remembered on the tensor until it changes, also through `.data`, of which torch keeps no count: then some of 4096
    elements are another, or its memory is.
    """
    state = _state(tensor)
    known = _remembered(tensor, state)
    if known is not None:
        return known
    value = describe(tensor)
    tensor._harness_checksum = (state, value)  # type: ignore[attr-defined]  # noqa: SLF001  # torch allows it
    return value


def describe(tensor: "torch.Tensor") -> str:
    """Names shape, dtype and every bit of a tensor, read anew."""
    return f"{tuple(tensor.shape)} {tensor.dtype} {bits(tensor)}"


def _state(tensor: "torch.Tensor") -> object:
    """Changes when the tensor does, or nearly so."""
    version = 0 if tensor.is_inference() else tensor._version  # noqa: SLF001  # torch's own counter of in-place changes
    if hasattr(tensor, "__tensor_flatten__"):
        return version, id(tensor)
    flat = tensor.detach().reshape(-1) if tensor.is_contiguous() else tensor.detach().flatten()
    sample = hash(raw(flat[:: max(1, len(flat) // _SAMPLE)]).tobytes())  # only ever compared in this process
    return version, tensor.data_ptr(), sample


def _saved_buffers(model: "PreTrainedModel") -> "Iterator[tuple[str, torch.Tensor]]":
    """Buffers that a saved model holds; `state_dict()` would say the same, and changes bitsandbytes' 4-bit weights."""
    for path, module in model.named_modules():
        for name, buffer in module._buffers.items():  # noqa: SLF001  # torch has no public list of what is saved
            if buffer is not None and name not in module._non_persistent_buffers_set:  # noqa: SLF001
                yield f"{path}.{name}", buffer


def _settings(model: "PreTrainedModel") -> Iterator[str]:
    """What modules that are no ordinary ones compute with beside their tensors: adapters, quantised layers."""
    for name, module in model.named_modules():
        home = f"{type(module).__module__}."
        if not home.startswith(_ORDINARY) or home.startswith(_QUANTISED):
            yield f"{name} {type(module).__qualname__} {_attributes(module)}"
    if model.training:
        yield "training"  # dropout draws


def _attributes(module: "nn.Module") -> str:
    from torch import nn

    unset = getattr(module, "compute_type_is_set", True) is False  # then bitsandbytes takes the first input's
    left_out = vars(nn.Module()).keys() | _OF_A_RUN | ({"compute_dtype"} if unset else set())
    held = {name: value for name, value in sorted(vars(module).items()) if name not in left_out}
    return str({name: value for name, value in held.items() if _is_plain(value)})


def _is_plain(value: object) -> bool:
    """Whether a value says what it is wherever it is."""
    import torch

    if isinstance(value, dict):
        return all(_is_plain(part) for entry in value.items() for part in entry)
    if isinstance(value, (list, tuple)):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str, torch.dtype))


def _plain(config: dict[str, Any]) -> dict[str, Any]:
    return {
        key: _plain(value) if isinstance(value, dict) else value
        for key, value in sorted(config.items())
        if key not in STORED
    }
