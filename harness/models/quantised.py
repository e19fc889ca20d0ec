"""What quantised weights compute with, whatever form a kernel keeps them in.

On some CPUs bitsandbytes packs 4-bit weights for its kernel at the first forward pass, and rounds their scales; a
model is the same before and after, so both forms are named by the codes in their saved order and the scales in use.
"""

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import nn

_ROWS = 32  # of a block that bitsandbytes' CPU kernel reads together


def bits(tensor: "torch.Tensor") -> str:
    """SHA-256 of a tensor's bytes, in order."""
    if hasattr(tensor, "__tensor_flatten__"):  # a quantised tensor that is made of others
        names, settings = tensor.__tensor_flatten__()
        parts = [*(bits(getattr(tensor, name)) for name in names), str(settings)]
        return hashlib.sha256(" ".join(parts).encode()).hexdigest()
    return hashlib.sha256(raw(tensor).data).hexdigest()


def raw(tensor: "torch.Tensor") -> Any:  # noqa: ANN401  # a numpy array
    """A tensor's bytes."""
    import torch

    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).cpu().numpy()


def quantised_weights(model: "nn.Module") -> dict[str, str]:
    """Name of a parameter -> what names its codes, scales and maps; only of those that bitsandbytes quantised."""
    found = {}
    for path, module in model.named_modules():
        weight = module._parameters.get("weight")  # noqa: SLF001  # the attribute may be computed
        if getattr(weight, "quant_state", None) is not None:
            found[f"{path}.weight"] = _four_bits(module, weight)
        elif hasattr(weight, "SCB"):
            found[f"{path}.weight"] = _eight_bits(module, weight)
    return found


def _four_bits(module: "nn.Module", weight: Any) -> str:  # noqa: ANN401  # bitsandbytes is untyped
    import torch

    state = weight.quant_state
    packed = getattr(state, "packing_format_for_cpu", False)
    scales = state.absmax.T if packed else state.absmax
    if state.nested:
        from bitsandbytes.functional import dequantize_blockwise

        scales = dequantize_blockwise(scales, state.state2) + state.offset
    scales = scales.reshape(-1).float()
    if packed or (weight.device.type == "cpu" and getattr(module, "support_avx512bf16_for_cpu", False)):
        scales = scales.to(torch.bfloat16)
    codes = _unpacked(weight.data) if packed else weight.data
    dtype = state.original_dtype if packed else state.dtype
    settings = state.quant_type, state.blocksize, tuple(state.shape), dtype
    return f"{settings} {bits(codes)} {bits(scales)} {bits(state.code)}"


def _unpacked(packed: "torch.Tensor") -> "torch.Tensor":
    """The codes (N, K / 2 bytes) of a weight (N, K), two to a byte in order, from the order of the CPU kernel."""
    import torch

    rows, half = packed.shape
    pairs = packed.reshape(-1, _ROWS)
    codes = torch.cat([pairs & 0xF, pairs >> 4], dim=-1).reshape(rows // _ROWS, half, _ROWS, 2)
    flat = codes.transpose(1, 2).reshape(-1)
    return (flat[::2] << 4) | flat[1::2]


def _eight_bits(module: "nn.Module", weight: Any) -> str:  # noqa: ANN401
    state = getattr(module, "state", None)
    scales = weight.SCB if weight.SCB is not None else getattr(state, "SCB", None)
    settings = getattr(state, "threshold", None), getattr(state, "has_fp16_weights", None), weight.dtype
    return f"{settings} {bits(weight.data)} {'none' if scales is None else bits(scales)}"
