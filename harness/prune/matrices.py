"""The weight matrices of a decoder layer: what magnitude and gradient criteria add up over."""

from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    from torch import nn


def matrices(layer: "nn.Module") -> "dict[str, nn.Parameter]":
    """Parameters of two or more dimensions by name: linear weights, experts stacked or not; no norms, no biases.

    Raises:
        BadInput: there are none, or they are quantised, so that their stored numbers are no weights.
    """
    found = {name: parameter for name, parameter in layer.named_parameters() if parameter.dim() > 1}
    quantised = next((name for name, parameter in found.items() if not parameter.is_floating_point()), None)
    if not found or quantised:
        raise BadInput(
            f"{type(layer).__name__} has {f'quantised weights ({quantised})' if quantised else 'no weight matrices'}; "
            f"this criterion adds up weights: load the model in float32 or bfloat16"
        )
    return found
