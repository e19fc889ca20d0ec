"""A narrower model of the same depth: the MLP neurons that calibration texts use least are cut out of every layer.

Structured width pruning as in Minitron (2407.14679, section 3.1): a neuron's importance is the mean of |activation|
over the tokens of a text (its input to `down_proj`), combined over texts by the L2 norm; every layer keeps the same
number. Attention heads stay, as in Minitron's narrow models, and so do the hidden channels, unlike theirs. This is the
rival of a depth plan at equal parameters, not a plan: every layer is still there. L layers, I neurons, T tokens, D
width.
"""

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.models.forward import run
from harness.models.hooks import hooked
from harness.models.spread import beside
from harness.models.structure import decoder_layers
from harness.prune.surgery import replace_config, share
from harness.prune.units import unit_names
from harness.text.encode import plain_ids

if TYPE_CHECKING:
    import torch
    from torch import nn
    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel

INTO, OUT_OF = ("gate_proj", "up_proj"), "down_proj"
MULTIPLE = 32  # of neurons: bitsandbytes' 4-bit kernel for CPUs takes no other width, and a GPU's tensor cores like it


def neurons_that_stay(surplus: int, depth: int, per_neuron: int, width: int) -> int:
    """How many neurons every layer keeps, a multiple of MULTIPLE, so that the model comes nearest to losing `surplus`.

    Pure.

    Args:
        surplus: parameters to lose.
        depth: layers.
        per_neuron: parameters of one neuron of one layer.
        width: neurons of a layer.

    Raises:
        BadInput: none would go, or none would stay.
    """
    stays = MULTIPLE * round((width - surplus / (depth * per_neuron)) / MULTIPLE)
    if not 0 < stays < width:
        raise BadInput(
            f"{surplus:,} parameters less would leave {stays} of the {width} neurons of each of {depth} layers; "
            f"expected a multiple of {MULTIPLE} from {MULTIPLE} to less than {width}; use another ratio"
        )
    return stays


def parameter_count(model: "PreTrainedModel") -> int:
    """Parameters of a model, tied ones once."""
    return sum(parameter.numel() for parameter in model.parameters())


def neuron_importance(loaded: "LoadedModel", texts: Sequence[str]) -> "torch.Tensor":
    """Importance of every neuron (L, I), float32, one text at a time.

    Raises:
        BadInput: there are no texts, or a layer has no gated MLP.
    """
    import torch

    if not texts:
        raise BadInput("neuron importance was given no calibration texts; it needs at least one")
    mlps = [_mlp(layer) for layer in decoder_layers(loaded.model).modules]
    squares = torch.zeros(len(mlps), mlps[0].down_proj.in_features, device=loaded.model.device)

    def add(layer: int) -> Any:  # noqa: ANN401  # a torch hook
        def hook(_: Any, args: Any) -> None:  # noqa: ANN401
            squares[layer] += beside(args[0][0].float().abs().mean(dim=0).square(), squares)

        return hook

    handles = [mlp.down_proj.register_forward_pre_hook(add(layer)) for layer, mlp in enumerate(mlps)]
    with torch.inference_mode(), hooked(*handles):
        for text in texts:
            run(loaded.model, plain_ids(text, loaded.tokenizer))
    return squares.sqrt()


def narrowed(model: "PreTrainedModel", kept: Sequence[Sequence[int]]) -> "PreTrainedModel":
    """A twin whose layers have only the named neurons; it shares every other weight and leaves `model` as it is.

    Args:
        model: a stack of layers with gated MLPs.
        kept: neurons that stay, increasing, one list per layer, all of one length.

    Raises:
        BadInput: the lists do not fit the model, or a layer has no gated MLP of plain linear maps.
    """
    mlps = [_mlp(layer) for layer in decoder_layers(model).modules]
    width = mlps[0].down_proj.in_features
    if len(kept) != len(mlps) or len({len(neurons) for neurons in kept}) != 1 or not kept[0]:
        raise BadInput(
            f"neurons of {[len(neurons) for neurons in kept]} for {len(mlps)} layers: expected as many of each "
            f"layer, at least 1"
        )
    for layer, neurons in enumerate(kept):
        if list(neurons) != sorted(set(neurons)) or not 0 <= neurons[0] <= neurons[-1] < width:
            raise BadInput(f"layer {layer}: expected increasing neurons from 0 to {width - 1}, each once")
    twin = share(model)
    config = copy.deepcopy(model.config)
    config.get_text_config().intermediate_size = len(kept[0])
    replace_config(twin, model.config, config)
    for module, neurons in zip(decoder_layers(twin).modules, kept, strict=True):
        mlp = _mlp(module)
        for name in INTO:
            mlp._modules[name] = _cut(getattr(mlp, name), neurons, 0)  # noqa: SLF001
        mlp._modules[OUT_OF] = _cut(mlp.down_proj, neurons, 1)  # noqa: SLF001
        if "intermediate_size" in vars(mlp):
            mlp.intermediate_size = len(neurons)
    return twin


def narrowed_to(loaded: "LoadedModel", parameters: int, texts: Sequence[str]) -> "PreTrainedModel":
    """The model without its least important neurons, as near as possible to a number of parameters.

    Of equal neurons those with the larger index go.

    Raises:
        BadInput: the MLPs cannot give as many parameters, or as `neuron_importance`.
    """
    importance = neuron_importance(loaded, texts)
    depth, width = importance.shape
    mlp = _mlp(decoder_layers(loaded.model).modules[0])
    per_neuron = sum(p.numel() for name in INTO for p in getattr(mlp, name).parameters()) // width
    per_neuron += mlp.down_proj.weight.numel() // width
    stays = neurons_that_stay(parameter_count(loaded.model) - parameters, depth, per_neuron, width)
    order = importance.argsort(dim=1, descending=True, stable=True)[:, :stays]
    return narrowed(loaded.model, [sorted(neurons) for neurons in order.tolist()])


def _mlp(layer: "nn.Module") -> Any:  # noqa: ANN401  # a family's own class
    from torch import nn

    mlp = layer.get_submodule(unit_names(layer)["mlp"])
    if any(type(getattr(mlp, name, None)) is not nn.Linear for name in (*INTO, OUT_OF)):
        raise BadInput(
            f"{type(mlp).__name__} cannot be made narrower: expected plain linear maps {', '.join(INTO)} and {OUT_OF}; "
            f"use a Llama-like model that is not quantised"
        )
    return mlp


def _cut(linear: "nn.Linear", neurons: Sequence[int], dim: int) -> "nn.Linear":
    """The map with only these outputs (dim 0) or inputs (dim 1)."""
    import torch
    from torch import nn

    index = torch.tensor(list(neurons), device=linear.weight.device)
    weight = linear.weight.detach().index_select(dim, index)
    cut = nn.Linear(weight.shape[1], weight.shape[0], bias=linear.bias is not None, device="meta")
    cut.weight = nn.Parameter(weight, requires_grad=False)
    if linear.bias is not None:
        bias = linear.bias.detach()
        cut.bias = nn.Parameter(bias[index] if dim == 0 else bias.clone(), requires_grad=False)
    cut.train(mode=linear.training)
    return cut
