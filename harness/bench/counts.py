"""What a piece of work runs, counted by hooks whoever runs it: passes, layers, tokens with their padding, and memory.

Counts say the same on every machine, so they are what tests hold. B rows, T tokens.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.models.hooks import hooked, stream_in
from harness.models.structure import decoder_layers
from harness.score.ledger import resident_peak
from harness.selfcheck.bounds import Shape

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

_STATUS, _FORGET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass
class Counts:
    """Sums over all models of a kind; tokens count padding."""

    layer_passes: int = 0
    """Calls of a decoder layer."""
    layer_tokens: int = 0
    """Tokens run through a decoder layer, over all layers."""
    prefilled_tokens: int = 0
    """Tokens run through a model but for those of steps."""
    decode_steps: int = 0
    """Passes of one token per row, which work that writes goes on by."""
    decoded_tokens: int = 0
    """Rows of those passes."""
    logits: int = 0
    """Tokens for which the output layer was asked."""

    def flops(self, shape: Shape) -> float:
        """Operations: two per parameter and token; attention over earlier tokens, a few percent, is left out."""
        return 2 * shape.body / shape.layers * self.layer_tokens + 2 * shape.head * self.logits


@contextmanager
def counted(model: "PreTrainedModel", *, writes: bool) -> Iterator[Counts]:
    """While open, counts what models of the classes of `model` run, in any thread: itself, its variants, its copies.

    Args:
        model: whose classes count.
        writes: whether one token per row is a step of writing; else it is a short text that is read.
    """
    from torch.nn.modules.module import register_module_forward_hook

    counts = Counts()
    head = model.get_output_embeddings()  # type: ignore[no-untyped-call]
    layers = {type(layer) for layer in decoder_layers(model).modules}

    def see(module: Any, args: Any, kwargs: Any, output: Any) -> None:  # noqa: ANN401  # torch's hook signature
        if type(module) in layers:
            rows, tokens = stream_in(args, kwargs).shape[:2]
            counts.layer_passes += 1
            counts.layer_tokens += rows * tokens
        elif type(module) is type(model):
            rows, tokens = (args[0] if args else kwargs["input_ids"]).shape
            if writes and tokens == 1:
                counts.decode_steps += 1
                counts.decoded_tokens += rows
            else:
                counts.prefilled_tokens += rows * tokens
        elif type(module) is type(head) and _shape(module) == _shape(head):
            counts.logits += output.numel() // output.shape[-1]

    with hooked(register_module_forward_hook(see, with_kwargs=True)):
        yield counts


def _shape(module: Any) -> object:  # noqa: ANN401  # an output layer
    return getattr(getattr(module, "weight", None), "shape", None)


@contextmanager
def peak_memory(where: "torch.device") -> Iterator[Callable[[], int]]:
    """While open, tells the most bytes in use since it was opened: of the GPU, or of this process with all it holds.

    Where the system cannot forget an earlier peak (not Linux), it is the process's since it began.
    """
    import torch

    if where.type == "cuda":
        torch.cuda.reset_peak_memory_stats(where)
        yield lambda: int(torch.cuda.max_memory_allocated(where))
        return
    try:
        _FORGET.write_text("5")
    except OSError:
        yield resident_peak
        return
    yield _resident_since


def _resident_since() -> int:
    found = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())
    return 1024 * int(found[1]) if found else resident_peak()
