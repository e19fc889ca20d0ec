"""First-order Taylor importance: layers whose weights matter least to the loss go (2402.02834, 2411.15558).

score_l = sum over the weights of layer l, norms included (`tools.layer_weights`), of |w * dLoss/dw|, element by
element; the lowest go first, of ties the deeper layer. The loss is the mean over texts of each text's mean NLL per
predicted token: gradients are added up text by text, in float32, and the absolute value is taken once at the end (a
mean of per-text absolute values would be another criterion). Published on 10 BookCorpus texts of 128 tokens.

- `taylor`: of all layers, as Lu et al. prune.
- `taylor_guarded`: "Taylor+" of Shortened LLaMA: the first 4 and the last 2 layers stay (`tools.guard`). Without it the
  authors' own scores would remove layer 0 of five of their eight models.

The base stays as it is: gradients are taken at twins of its weights that share their memory, so that neither its
`requires_grad` flags nor its `.grad` fields are touched. Needs the layers' weights once more, in float32.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from harness.methods.method import Ranking, method, once
from harness.methods.tools.calibration_loss import text_nll, token_rows
from harness.methods.tools.guard import unguarded
from harness.methods.tools.layer_weights import layer_weights
from harness.methods.tools.lowest import lowest
from harness.models.attention import sound_gradients
from harness.models.structure import decoder_layers
from harness.prune.surgery import share

if TYPE_CHECKING:
    import torch

    from harness.models.load import LoadedModel


@method("taylor", needs="gradients", passes=once)
def taylor(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """Remove the layers that the loss would notice least.

    Raises:
        BadInput: there are no calibration texts, or the weights are quantised.
    """
    scores = _scores(loaded, calibration)
    return Ranking(lowest(scores, n), scores, "taylor")


@method("taylor_guarded", needs="gradients", passes=once)
def taylor_guarded(loaded: "LoadedModel", n: int, calibration: Sequence[str]) -> Ranking:
    """The same, sparing the first 4 and the last 2 layers.

    Raises:
        BadInput: there are no calibration texts, the weights are quantised, or too few layers may go.
    """
    free = unguarded(loaded.depth, n, "taylor")
    scores = _scores(loaded, calibration)
    return Ranking(lowest(scores, n, free), scores, "taylor_guarded")


def _scores(loaded: "LoadedModel", texts: Sequence[str]) -> tuple[float, ...]:
    return tuple(
        sum(float((weight.float() * gradient).abs().sum()) for weight, gradient in layer)
        for layer in _gradients(loaded, token_rows(loaded, texts))
    )


def _gradients(loaded: "LoadedModel", rows: Sequence[Sequence[int]]) -> "list[list[tuple[torch.Tensor, torch.Tensor]]]":
    """Per layer, its weights with the gradient of the loss."""
    import torch
    from torch import nn

    twin = share(loaded.model)
    weights: list[list[nn.Parameter]] = []
    for layer in decoder_layers(twin).modules:
        own = []
        for name, parameter in layer_weights(layer).items():
            home, _, leaf = name.rpartition(".")
            own.append(nn.Parameter(parameter.detach()))
            layer.get_submodule(home)._parameters[leaf] = own[-1]  # noqa: SLF001
        weights.append(own)
    flat = [weight for own in weights for weight in own]
    gradients = [torch.zeros_like(weight, dtype=torch.float32) for weight in flat]
    for weight, total in zip(flat, gradients, strict=True):
        weight.register_post_accumulate_grad_hook(_moved_to(total))  # type: ignore[no-untyped-call]  # untyped in torch
    with torch.enable_grad(), sound_gradients():
        for row in rows:
            torch.autograd.backward(text_nll(twin, row) / (len(row) - 1) / len(rows), inputs=flat)
    found = iter(zip((weight.detach() for weight in flat), gradients, strict=True))
    return [[next(found) for _ in own] for own in weights]


def _moved_to(total: "torch.Tensor") -> "Callable[[torch.Tensor], None]":
    """A hook that adds a gradient to `total` as soon as it is there, so that one text's are never all held."""

    def move(weight: "torch.Tensor") -> None:
        assert weight.grad is not None
        total.add_(weight.grad)
        weight.grad = None

    return move
