"""LinearPatch: behind a cut, every channel of the rotated stream gets the size that it had there.

2505.24680; chenxinrui-tsinghua/LinearPatch @ d1274e8, `layer_select.py`, `block_scaling.py`. With H a Hadamard matrix
(D, D), under which the few channels that hold a stream's huge values are spread over all, h the stream that enters the
first missing layer and h' the one that leaves the last, both of the unpruned model:

    s_c = mean over texts of E_t |(h' H)_c| / E_t |(h H)_c|,    h <- h H diag(s) H'

with E_t the mean over a text's tokens, the first included. It is one matrix behind the layer before the cut, which no
ordinary model has a place for: its entries differ by channel, so that no reader's norm takes it up, and the stream that
passes it is that of all layers before. So it lives in memory, and saving it is refused. It calculates in float32 at the
least, as there.

Other than there: several cuts, all measured on the unpruned model (there one block); a cut at the very end is patched
before the final norm (there it cannot be chosen). Of a width that is a power of two H is theirs; of another, theirs are
tables of the same orders, and ours are Paley's (`hadamard`). T tokens, D width.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput, DoesNotFit
from harness.models.forward import run
from harness.models.hooks import hooked, noting, stream_out
from harness.models.spread import beside
from harness.models.structure import decoder_layers, text_config
from harness.prune.saving import refuse_saving
from harness.prune.surgery import share
from harness.repair.cuts import Cut, cuts_of, kept_layers, require_texts
from harness.repair.hadamard import hadamard
from harness.repair.repair import BEHIND, repair, unplain

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel


@repair("linear_patch", place=BEHIND, plain=False)
def linear_patch(
    variant: "PreTrainedModel", base: "PreTrainedModel", texts: Sequence[Sequence[int]]
) -> "PreTrainedModel":
    """Put a matrix behind the layer before each cut, which gives the rotated channels their size."""
    import torch

    require_texts(texts, "linear_patch")
    kept, depth = kept_layers(variant, base), len(decoder_layers(base).modules)
    cuts = cuts_of(kept, depth)
    if cuts[0].first == 0:
        raise DoesNotFit(
            f"repair linear_patch is put behind the layer before a cut, and {cuts[0]} stood at the beginning; keep "
            f"layer 0"
        )
    width = int(text_config(base).hidden_size)
    turn = hadamard(width)
    if turn is None:
        raise DoesNotFit(
            f"repair linear_patch rotates the stream by a Hadamard matrix, and none of width {width} is known here; "
            f"choose another repair, such as norm"
        )
    turn = turn.to(base.device)
    dtype = torch.promote_types(base.dtype, torch.float32)
    twin = share(variant)
    stack = decoder_layers(twin).modules
    for cut, scale in channel_scales(base, cuts, turn, texts).items():
        if not bool(torch.isfinite(scale).all()):
            raise BadInput(
                f"repair linear_patch: a rotated channel is nothing before {cut}, or is not finite, on the calibration "
                f"texts; give other texts (--calibration), or load the model in float32"
            )
        _put_behind(stack[kept.index(cut.first - 1)], ((turn * scale) @ turn.T).to(dtype))
    refuse_saving(twin, f"this variant is right in memory, and cannot be saved: {unplain('linear_patch')}")
    return twin


def channel_scales(
    base: "PreTrainedModel", cuts: Sequence[Cut], turn: "torch.Tensor", texts: Sequence[Sequence[int]]
) -> "dict[Cut, torch.Tensor]":
    """Return by how much each rotated channel (D) grows in the layers of each cut.

    Args:
        base: the unpruned model.
        cuts: none of them at the beginning.
        turn: the rotation (D, D), float64.
        texts: token ids of calibration texts.
    """
    import torch

    stack, seen, first = decoder_layers(base).modules, dict[int, torch.Tensor](), next(base.parameters())
    watched = {place for cut in cuts for place in (cut.first - 1, cut.end - 1)}
    total = {cut: torch.zeros(len(turn), dtype=turn.dtype, device=turn.device) for cut in cuts}

    def size(place: int) -> "torch.Tensor":
        states = beside(seen[place].reshape(-1, len(turn)).double(), first)
        return (states @ turn).abs().mean(dim=0)

    with torch.inference_mode(), hooked(*(stack[at].register_forward_hook(noting(seen, at)) for at in watched)):
        for ids in texts:
            run(base, ids)
            for cut in cuts:
                total[cut] += size(cut.end - 1) / size(cut.first - 1)
    return {cut: (grown / len(texts)).clone() for cut, grown in total.items()}


def _put_behind(layer: "nn.Module", matrix: "torch.Tensor") -> None:
    """Let a layer hand on its stream times a matrix (D, D).

    The layer itself does so, as another class of its kind: a hook would be gone in its next twin.
    """

    class Patched(type(layer)):  # type: ignore[misc]  # the family's own
        def forward(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            output = super().forward(*args, **kwargs)
            stream = stream_out(output)
            patched = (stream.to(self.patch.dtype) @ self.patch).to(stream.dtype)
            return type(output)((patched, *output[1:])) if isinstance(output, (tuple, list)) else patched

    layer.register_buffer("patch", beside(matrix, next(layer.parameters())))
    layer.__class__ = Patched
