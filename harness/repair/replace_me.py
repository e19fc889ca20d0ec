"""ReplaceMe: the missing layers as a linear map of what the MLP before them wrote, in closed form.

2505.02819; mts-ai/ReplaceMe @ 5bb71d9, `ReplaceMe/lstsq.py`. With M what the MLP before the cut writes, Y the stream it
is added to (the attention's residual is kept) and H the stream that leaves the last missing layer, all of the unpruned
model on the calibration tokens (N, D):

    T = argmin |M T - (H - Y)|^2 = (M'M)^-1 M'(H - Y),    W_down <- T' W_down

so the result is the pruned model with other numbers in one matrix per cut. Every cut is measured on the unpruned model.
Here T = I + C is solved for C, which fits what the missing layers add, H - (Y + M), with the pseudo-inverse: the same T
where M'M can be inverted, and where it cannot (there the code raises, or divides by noise) directions that no token has
stay as they are. So layers that do nothing cost nothing, to the last bit.

Other than there: no padding is measured (there padded tokens count); H of the last layer is taken before the final norm
(there `output_hidden_states`, behind it); cuts that touch are one cut (there an option, on by default); no ridge (there
`alpha`, 0 in every published configuration). `low_rank` is a restrained sibling and ours: C of rank D / 16, the best of
that rank for the same squares (reduced-rank regression, Izenman 1975). N tokens, D width, I neurons.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.spread import beside
from harness.prune.surgery import share
from harness.repair.cuts import at_cuts, require_texts, writers_before
from harness.repair.repair import FOLDED, repair

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel

TOKENS_PER_CHANNEL = 2  # fewer, and the squares are small because the noise was fitted
RANKS = 16  # of so many of the width, one


@repair("replace_me", place=FOLDED)
def replace_me(
    variant: "PreTrainedModel", base: "PreTrainedModel", texts: Sequence[Sequence[int]]
) -> "PreTrainedModel":
    """Fold each cut's map into the MLP before it."""
    return _folded(variant, base, texts, "replace_me", None)


@repair("low_rank", place=FOLDED)
def low_rank(variant: "PreTrainedModel", base: "PreTrainedModel", texts: Sequence[Sequence[int]]) -> "PreTrainedModel":
    """Fold each cut's map into the MLP before it, restrained to the identity and a few directions."""
    return _folded(variant, base, texts, "low_rank", RANKS)


def _folded(
    variant: "PreTrainedModel", base: "PreTrainedModel", texts: Sequence[Sequence[int]], name: str, ranks: int | None
) -> "PreTrainedModel":
    import torch

    twin = share(variant)
    found = writers_before(twin, base, name)
    width = found[0][1].out_features
    require_texts(texts, name, TOKENS_PER_CHANNEL * width)
    gram = {cut: torch.zeros(width, width, dtype=torch.float64, device=base.device) for cut, _, _ in found}
    cross = {cut: torch.zeros_like(matrix) for cut, matrix in gram.items()}
    for seen in at_cuts(base, [(cut, theirs) for cut, _, theirs in found], texts):
        for cut, at in seen.items():
            gram[cut] += at.written.T @ at.written
            cross[cut] += at.written.T @ (at.leaving - at.entering)
    for cut, writer, _ in found:
        change = added_by(gram[cut], cross[cut], None if ranks is None else max(1, width // ranks))
        if not bool(torch.isfinite(change).all()):
            raise BadInput(
                f"repair {name}: what {cut} added on the calibration texts is not finite; load the model in float32"
            )
        _fold(writer, beside(change, writer.weight))
    return twin


def added_by(gram: "torch.Tensor", cross: "torch.Tensor", rank: int | None = None) -> "torch.Tensor":
    """C (D, D) for which M C is nearest to what was added, in squares.

    Args:
        gram: M'M (D, D), float64.
        cross: M' times what was added (D, D), float64.
        rank: most directions that C may write; None: any.
    """
    import torch

    change: torch.Tensor = torch.linalg.pinv(gram, hermitian=True) @ cross
    if rank is None or rank >= change.shape[0]:
        return change
    _, directions = torch.linalg.eigh(change.T @ gram @ change)  # of what it writes on the texts, the largest last
    largest = directions[:, -rank:]
    restrained: torch.Tensor = change @ largest @ largest.T
    return restrained


def _fold(writer: "nn.Linear", change: "torch.Tensor") -> None:
    """Let a matrix (D, I) write x + x C where it wrote x; its parameters are replaced, not changed."""
    from torch import nn

    for name in ("weight", "bias"):
        old: torch.Tensor | None = writer._parameters[name]  # noqa: SLF001
        if old is not None:
            wide = old.detach().double()
            new = (wide + change.T @ wide).to(old.dtype)
            writer._parameters[name] = nn.Parameter(new, requires_grad=False)  # noqa: SLF001
