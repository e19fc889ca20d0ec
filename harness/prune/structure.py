"""Where a causal language model keeps its decoder layers, and which of its config's lists follow them.

Found by structure, not by name: the decoder layers are the one ModuleList as long as `num_hidden_layers`.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class DecoderLayers:
    """The decoder layers and the place that holds them."""

    path: str
    """Dotted name of the ModuleList in the model, for example `model.layers`."""
    modules: "nn.ModuleList"


def text_config(model: "PreTrainedModel") -> Any:  # noqa: ANN401  # one config class a family
    """The part of the config that describes the decoder."""
    return model.config.get_text_config()


def decoder_layers(model: "PreTrainedModel") -> DecoderLayers:
    """Find the decoder layers.

    Raises:
        BadInput: there is no such list, or more than one.
    """
    from torch import nn

    depth = text_config(model).num_hidden_layers
    found = [
        DecoderLayers(name, module)
        for name, module in model.named_modules()
        if isinstance(module, nn.ModuleList) and len(module) == depth and _has_attention(module)
    ]
    if len(found) != 1:
        names = ", ".join(layers.path for layers in found) or "none"
        raise BadInput(
            f"{type(model).__name__}: expected one list of {depth} decoder layers, found {names}; "
            f"its layers cannot be removed by structure"
        )
    return found[0]


def _has_attention(layers: "nn.ModuleList") -> bool:
    """Decoder layers hold several submodules; a list of experts or norms does not."""
    return all(len(list(layer.children())) > 1 for layer in layers)


def per_layer_lists(config: Any) -> tuple[str, ...]:  # noqa: ANN401  # one config class a family
    """Names of the config's lists with one entry a layer, such as `layer_types`.

    Token ids are never per layer: Llama-3's three end tokens must survive in a model of three layers.
    """
    depth = config.num_hidden_layers
    return tuple(
        name
        for name, value in vars(config).items()
        if isinstance(value, (list, tuple)) and len(value) == depth and not name.endswith(("_token_id", "_token_ids"))
    )
