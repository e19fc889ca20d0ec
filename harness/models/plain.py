"""Whether weights are numbers: quantised ones are codes, and adding, scaling or writing them gives nonsense."""

from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    from torch import nn


def quantised_parameter(module: "nn.Module") -> str | None:
    """Name of the first parameter that is stored in a type of which a number is no weight; None where all are plain."""
    import torch

    plain = (torch.float64, torch.float32, torch.bfloat16, torch.float16)
    return next((name for name, parameter in module.named_parameters() if parameter.dtype not in plain), None)


def require_plain(module: "nn.Module", why: str) -> None:
    """Refuse quantised weights where `why` needs numbers.

    Raises:
        BadInput: there are some.
    """
    coded = quantised_parameter(module)
    if coded is not None:
        kind = str(module.get_parameter(coded).dtype).removeprefix("torch.")
        raise BadInput(
            f"{type(module).__name__} has quantised weights ({coded} is stored as {kind}), and {why}: use the "
            f"unquantised checkpoint, in float32 or bfloat16"
        )
