"""Remove the attention or the MLP of a layer: sub-layer pruning (LLM-Drop, BlockPruner, EvoPress).

A removed unit is replaced by a module that returns zeros in the shape the unit would have, so that only the residual
stream passes it; nothing of it is computed. Both units are found by structure: the attention is the child that knows
its `layer_idx`, the MLP the heaviest of the others. Whether a family really adds its units to the stream is tried
before a variant is made, once for each layer of a model: a layer without both must hand on its input, bit for bit
(BLOOM, whose units add the residual themselves, and layers with biased norms after a unit do not).
"""

import copy
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from harness.errors import BadInput
from harness.models.forward import run
from harness.models.hooks import hooked
from harness.models.plain import require_plain
from harness.models.structure import decoder_layers
from harness.prune.plan import Unit
from harness.prune.surgery import share

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel

PROBE_TOKENS = (1, 2)

Returns = Mapping[Unit, int | None]
"""How many values each unit of a layer returns; None where it returns a tensor."""

_TRIED: "WeakKeyDictionary[PreTrainedModel, dict[int, Returns]]" = WeakKeyDictionary()


def unit_names(layer: "nn.Module") -> dict[Unit, str]:
    """Names of a decoder layer's attention and MLP among its children.

    Raises:
        BadInput: they are not two separate modules.
    """
    children = dict(layer.named_children())
    attention = [name for name, child in children.items() if any("layer_idx" in vars(m) for m in child.modules())]
    others = {name: _weights(child) for name, child in children.items() if name not in attention}
    mlp = max(others, key=lambda name: others[name], default=None)
    if len(attention) != 1 or mlp is None or _weights(children[mlp], matrices_only=True) == 0:
        raise BadInput(
            f"{type(layer).__name__}: expected one attention and one MLP module in a layer, found "
            f"{', '.join(attention) or 'no attention'} beside {', '.join(others) or 'nothing'}; "
            f"remove whole layers instead"
        )
    return {"attn": attention[0], "mlp": mlp}


def _weights(module: "nn.Module", *, matrices_only: bool = False) -> int:
    return sum(p.numel() for p in module.parameters() if p.dim() > 1 or not matrices_only)


def without_units(
    model: "PreTrainedModel",
    attention: Iterable[int] = (),
    mlp: Iterable[int] = (),
    returns: Mapping[int, Returns] | None = None,
) -> "PreTrainedModel":
    """A twin of `model` whose layers at these positions lack a unit; it shares all weights that stay.

    Args:
        model: the model, pruned or not.
        attention: positions (0-based, in `model`) of layers whose attention goes.
        mlp: positions of layers whose MLP goes.
        returns: what the units return, by position, where `unit_returns` said so of the unpruned model.

    Raises:
        BadInput: a layer's units cannot be told apart, or are not added to the residual stream.
    """
    gone: tuple[tuple[Unit, tuple[int, ...]], ...] = (("attn", tuple(attention)), ("mlp", tuple(mlp)))
    if returns is None:
        returns = unit_returns(model, {layer for _, layers in gone for layer in layers})
    twin = share(model)
    stack = decoder_layers(twin).modules
    for unit, layers in gone:
        for layer in layers:
            name = unit_names(stack[layer])[unit]
            setattr(stack[layer], name, absent(returns[layer][unit], layer if unit == "attn" else None))
    return twin


def zero_units(model: "PreTrainedModel", attention: Iterable[int] = (), mlp: Iterable[int] = ()) -> "PreTrainedModel":
    """The same function as an ordinary model, for saving: the units are there and all their weights are zero.

    Raises:
        BadInput: the weights are quantised, or a layer's units cannot be told apart.
    """
    from torch import nn

    twin = share(model)
    stack = decoder_layers(twin).modules
    for unit, layers in (("attn", tuple(attention)), ("mlp", tuple(mlp))):
        if layers:
            require_plain(model, "a removed unit is saved with all its weights zero")
        for layer in layers:
            module = stack[layer].get_submodule(unit_names(stack[layer])["attn" if unit == "attn" else "mlp"])
            for part in module.modules():
                for name, parameter in part._parameters.items():  # noqa: SLF001
                    if parameter is not None:
                        part._parameters[name] = nn.Parameter(parameter.detach() * 0, requires_grad=False)  # noqa: SLF001
    return twin


def absent(returns: int | None, layer_idx: int | None) -> "nn.Module":
    """A module that returns zeros in place of a unit's tensor, followed by None where the unit returned a tuple.

    In the place of an attention it still tells the key-value cache how many tokens went by: the cache counts positions
    by its first layer.
    """
    from torch import nn
    from transformers.cache_utils import Cache

    class Absent(nn.Module):
        """A removed unit."""

        def __init__(self) -> None:
            super().__init__()
            if layer_idx is not None:
                self.layer_idx = layer_idx

        def forward(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
            hidden = args[0] if args else kwargs["hidden_states"]
            cache = next((value for value in (*args, *kwargs.values()) if isinstance(value, Cache)), None)
            if layer_idx is not None and cache is not None:
                passed = hidden.new_zeros(hidden.shape[0], 1, hidden.shape[1], 1)
                cache.update(passed, passed, self.layer_idx)
            zeros = hidden.new_zeros(hidden.shape)
            return zeros if returns is None else (zeros, *[None] * (returns - 1))

    return Absent()


def unit_returns(model: "PreTrainedModel", layers: Iterable[int]) -> dict[int, Returns]:
    """What the units of each layer return, after making sure that they can be taken away.

    A layer is tried once, by a pass of two tokens through the model: a search makes hundreds of variants of one base.

    Raises:
        BadInput: a layer's units cannot be told apart, or without both it changes its input.
    """
    wanted, tried = set(layers), _TRIED.setdefault(model, {})
    new = sorted(wanted - tried.keys())
    if new:
        tried.update(_tried(model, new))
    return {layer: tried[layer] for layer in wanted}


def _tried(model: "PreTrainedModel", layers: Iterable[int]) -> dict[int, Returns]:
    import torch

    stack = decoder_layers(model).modules
    names = {layer: unit_names(stack[layer]) for layer in layers}
    given: dict[int, tuple[Any, Any]] = {}
    returns: dict[int, dict[Unit, int | None]] = {layer: {} for layer in names}

    def keep_input(layer: int) -> Any:  # noqa: ANN401  # a torch hook
        def hook(_: Any, args: Any, kwargs: Any) -> None:  # noqa: ANN401
            given[layer] = (args, dict(kwargs))

        return hook

    def keep_count(layer: int, unit: Unit) -> Any:  # noqa: ANN401  # a torch hook
        def hook(_: Any, args: Any, output: Any) -> None:  # noqa: ANN401, ARG001
            returns[layer][unit] = len(output) if isinstance(output, tuple) else None

        return hook

    handles = [stack[layer].register_forward_pre_hook(keep_input(layer), with_kwargs=True) for layer in names]
    handles += [
        stack[layer].get_submodule(name).register_forward_hook(keep_count(layer, unit))
        for layer, units in names.items()
        for unit, name in units.items()
    ]
    with torch.inference_mode(), hooked(*handles):
        run(model, PROBE_TOKENS, first=0)
    for layer, units in names.items():
        _require_identity(stack[layer], units, returns[layer], given[layer])
    return dict(returns)


def _require_identity(layer: "nn.Module", names: Mapping[Unit, str], returns: Returns, given: tuple[Any, Any]) -> None:
    import torch

    bare = share(layer)
    for unit, name in names.items():
        setattr(bare, name, absent(returns[unit], None))
    args, kwargs = given
    try:
        with torch.inference_mode():
            output = bare(*args, **copy.copy(kwargs))
    except Exception as error:  # a family may do anything with what its units return
        raise BadInput(
            f"{type(layer).__name__} does not run without its attention and MLP ({type(error).__name__}); remove whole "
            f"layers instead"
        ) from error
    entering = args[0] if args else kwargs["hidden_states"]
    leaving = output[0] if isinstance(output, tuple) else output
    if not torch.equal(entering, leaving.reshape(entering.shape)):
        raise BadInput(
            f"{type(layer).__name__} without its attention and MLP does not hand on its input, so they are not simply "
            f"added to the residual stream; remove whole layers instead"
        )
