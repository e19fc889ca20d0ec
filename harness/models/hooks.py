"""A look into a model while it runs: hooks that are gone when the look is over, and what they are given."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from harness.models.structure import decoder_layers

if TYPE_CHECKING:
    import torch
    from torch.utils.hooks import RemovableHandle
    from transformers import PreTrainedModel


@contextmanager
def hooked(*handles: "RemovableHandle") -> Iterator[None]:
    """Remove hooks when what is done under them has ended, well or not."""
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def stream_in(args: Any, kwargs: Any) -> "torch.Tensor":  # noqa: ANN401  # torch's hook signature
    """Hidden states (B, T, D) that enter a decoder layer, from what its hook is given."""
    hidden: torch.Tensor = args[0] if args else kwargs["hidden_states"]
    return hidden


def stream_out(output: Any) -> "torch.Tensor":  # noqa: ANN401  # whatever the family's layers return
    """Hidden states (B, T, D) that leave a decoder layer."""
    hidden: torch.Tensor = output[0] if isinstance(output, (tuple, list)) else output
    return hidden


def noting(seen: "dict[Any, torch.Tensor]", key: object) -> Any:  # noqa: ANN401  # a torch hook
    """A hook of a module's calls: the states that leave it, as they are then, stand in `seen` under a key."""

    def hook(_: Any, __: Any, output: Any) -> None:  # noqa: ANN401
        seen[key] = stream_out(output).detach().clone()

    return hook


@contextmanager
def passing(model: "PreTrainedModel", see: "Callable[[int, torch.Tensor, torch.Tensor], None]") -> Iterator[None]:
    """Call `see(layer, entering, leaving)` in each call of a decoder layer while open, with states (B, T, D)."""

    def at(layer: int) -> Any:  # noqa: ANN401  # a torch hook
        def hook(_: Any, args: Any, kwargs: Any, output: Any) -> None:  # noqa: ANN401
            entering = stream_in(args, kwargs)
            see(layer, entering, stream_out(output).reshape(entering.shape))

        return hook

    stack = decoder_layers(model).modules
    with hooked(*(layer.register_forward_hook(at(index), with_kwargs=True) for index, layer in enumerate(stack))):
        yield
