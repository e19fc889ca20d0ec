"""Attention whose kernels are right and quick whatever a machine would choose: cuDNN's is left out on a GPU."""

import contextlib
from collections.abc import Iterator


def leave_cudnn_out() -> None:
    """Have no attention computed by cuDNN in this process from now on.

    It plans anew for every number of keys, and a row that is written on has one more in each step: a step of 204 rows
    of Llama-3.1-8B took 90 ms on an H100 and 24 ms without it (torch 2.11, where it is the default on such cards).
    """
    import torch

    torch.backends.cuda.enable_cudnn_sdp(False)


@contextlib.contextmanager
def sound_gradients() -> Iterator[None]:
    """While open, attention is not computed by cuDNN, whoever loaded the model; the setting is put back afterwards.

    Its backward pass returns NaN for queries under a mask where the padded length leaves a remainder of 64 by 128 and a
    row attends to nothing strongly (pytorch#196678: torch 2.11 and later, H100 and H200, where it is the default;
    trl#7181). Without it recipe `small` trained a 0.5B model on an H200 that had NaN losses after 5, 45 and 60 steps.
    """
    import torch

    before: bool = torch.backends.cuda.cudnn_sdp_enabled()  # type: ignore[no-untyped-call]  # untyped in torch
    leave_cudnn_out()
    try:
        yield
    finally:
        torch.backends.cuda.enable_cudnn_sdp(before)
