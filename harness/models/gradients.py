"""Backward passes that give the gradients of what was computed, whatever kernels a machine would choose."""

import contextlib
from collections.abc import Iterator


@contextlib.contextmanager
def sound_gradients() -> Iterator[None]:
    """While open, attention is not computed by cuDNN; the setting is put back afterwards.

    Its backward pass returns NaN for queries under a mask where the padded length leaves a remainder of 64 by 128 and a
    row attends to nothing strongly (pytorch#196678: torch 2.11 and later, H100 and H200, where it is the default;
    trl#7181). Without it recipe `small` trained a 0.5B model on an H200 that had NaN losses after 5, 45 and 60 steps.
    """
    import torch

    before: bool = torch.backends.cuda.cudnn_sdp_enabled()  # type: ignore[no-untyped-call]  # untyped in torch
    torch.backends.cuda.enable_cudnn_sdp(False)
    try:
        yield
    finally:
        torch.backends.cuda.enable_cudnn_sdp(before)
