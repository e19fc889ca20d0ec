"""How many forward passes something took, whatever variants of a model it made on the way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.models.hooks import hooked

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass
class Passes:
    """Counted while `counted_passes` is open."""

    count: int = 0
    """Calls of a model, at any depth; a generated token is one call for its batch."""
    tokens: int = 0
    """Tokens that went through, padding included."""


@contextmanager
def counted_passes(
    model: "PreTrainedModel", on_pass: Callable[[], object] | None = None, into: Passes | None = None
) -> Iterator[Passes]:
    """Counts the forward passes of `model` and of everything of its class.

    By a hook on all modules, since variants are twins without the base's own hooks. What is counted is the part below
    the output layer, so that readers of hidden states count as well. `on_pass` is told of each; `into` is added to.
    """
    from torch.nn.modules.module import register_module_forward_hook

    passes, counted = into or Passes(), type(model.base_model)

    def count(module: Any, _: Any, output: Any) -> None:  # noqa: ANN401  # a torch hook
        if type(module) is counted:
            passes.count += 1
            passes.tokens += output[0].shape[0] * output[0].shape[1]
            if on_pass is not None:
                on_pass()

    with hooked(register_module_forward_hook(count)):
        yield passes


@contextmanager
def counted_calls(model: "PreTrainedModel") -> Iterator[Passes]:
    """Counts the calls of every module that holds a part of `model`; variants share its weights."""
    from torch.nn.modules.module import register_module_forward_pre_hook

    calls = Passes()
    modules = {id(module) for module in model.modules()}
    weights = {id(weight) for weight in model.parameters()}

    def count(module: Any, _: Any) -> None:  # noqa: ANN401  # a torch hook
        own = (id(weight) for weight in module.parameters(recurse=False))
        calls.count += id(module) in modules or not weights.isdisjoint(own)

    with hooked(register_module_forward_pre_hook(count)):
        yield calls
