"""The weights of a decoder layer: what magnitude and gradient criteria add up over."""

from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.plain import require_plain

if TYPE_CHECKING:
    from torch import nn


def layer_weights(layer: "nn.Module") -> "dict[str, nn.Parameter]":
    """Everything called a weight by name, norms included, and stacked experts; no biases.

    As Shortened LLaMA and Lu et al. pick them ("weight" in the name; Nota-NetsPresso/shortened-llm @ 4031a92,
    yaolu-zjut/Navigation-LLM-layer-pruning @ e1f938a). A norm counts as it is stored, also where the family multiplies
    by 1 + w.

    Raises:
        BadInput: there are no matrices, or they are quantised, so that their stored numbers are no weights.
    """
    require_plain(layer, "this criterion adds up weights")
    found = {name: p for name, p in layer.named_parameters() if "weight" in name or p.dim() > 1}
    if not any(parameter.dim() > 1 for parameter in found.values()):
        raise BadInput(f"{type(layer).__name__} has no weight matrices; this criterion adds up weights")
    return found
