"""Where a causal language model keeps its decoder layers, and which of its config's lists follow them.

Found by structure, not by name: the decoder layers are the one ModuleList as long as `num_hidden_layers`.
"""

import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.models.families import DEPTH_NAMES, INDEX_LISTS, REFUSED

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
    depth = depth_of(text_config(model))
    found = list(_lists(model, depth, (), {id(model)}))
    if len(found) > 1:  # a vision tower or an encoder may be as deep
        decoder: Any = model.get_decoder()  # type: ignore[no-untyped-call]
        inside = {id(module) for module in decoder.modules()} if decoder is not None else set()
        found = [layers for layers in found if id(layers.modules) in inside] or found
        shallowest = min(layers.path.count(".") for layers in found)
        found = [layers for layers in found if layers.path.count(".") == shallowest]
    if len(found) != 1:
        names = ", ".join(layers.path for layers in found) or "none"
        raise BadInput(
            f"{type(model).__name__}: expected one list of {depth} decoder layers, found {names}; "
            f"its layers cannot be removed by structure"
        )
    return found[0]


def _lists(module: "nn.Module", depth: int, path: tuple[str, ...], seen: set[int]) -> "Iterator[DecoderLayers]":
    """Lists of so many layers; what such a list holds is not looked through, since of two the shallower is meant."""
    from torch import nn

    for name, child in module.named_children():
        if id(child) in seen:
            continue
        seen.add(id(child))
        if isinstance(child, nn.ModuleList) and len(child) == depth and _has_attention(child):
            yield DecoderLayers(".".join((*path, name)), child)
        else:
            yield from _lists(child, depth, (*path, name), seen)


def _has_attention(layers: "nn.ModuleList") -> bool:
    """Decoder layers hold several submodules; a list of experts or norms does not."""
    return all(len(list(layer.children())) > 1 for layer in layers)


def depth_of(config: Any) -> int:  # noqa: ANN401  # one config class a family
    """Number of decoder layers, by the decoder's config."""
    name = next(name for name in DEPTH_NAMES if hasattr(config, name))
    return int(getattr(config, name))


def require_prunable(model: "PreTrainedModel") -> None:
    """Refuse families whose layers cannot be taken out one by one.

    Raises:
        BadInput: this is one.
    """
    kind = next((kind for kind in (model.config.model_type, text_config(model).model_type) if kind in REFUSED), None)
    if kind is not None:
        raise BadInput(
            f"{type(model).__name__} cannot be pruned by removing layers: {REFUSED[kind]}; "
            f"docs/families.md lists the families that can"
        )


def attention_of_hybrid(config: Any) -> tuple[int, ...]:  # noqa: ANN401  # one config class a family
    """The attention layers of a model that has other layers too; empty for any other model."""
    kinds = getattr(config, "layer_types", None)
    if not isinstance(kinds, (list, tuple)):
        return ()
    attends = tuple(index for index, kind in enumerate(kinds) if _attends(str(kind)))
    return attends if len(attends) < len(kinds) else ()


def require_attention(config: Any, removed: Iterable[int]) -> None:  # noqa: ANN401  # one config class a family
    """Refuse to take the last attention layer of a hybrid model: positions are counted by its cache.

    Raises:
        BadInput: no attention layer would stay.
    """
    attends = attention_of_hybrid(config)
    if attends and set(attends) <= set(removed):
        raise BadInput(
            f"all attention layers ({', '.join(map(str, attends))}) of this hybrid {config.model_type} are to be "
            f"removed, and its cache counts tokens by them; keep at least one"
        )


def _attends(kind: str) -> bool:
    return ("attention" in kind and "linear" not in kind) or "hybrid" in kind


def per_layer_lists(config: Any) -> tuple[str, ...]:  # noqa: ANN401  # one config class a family
    """Names of the config's lists with one entry per layer, such as `layer_types`.

    Token ids are never per layer: Llama-3's three end tokens must survive in a model of three layers. Neither are
    lists of layer indices, which may name every layer, nor lists that the family itself writes in another length than
    its depth (Mamba-2's two limits of a time step, in a model of two layers).
    """
    depth, usual = depth_of(config), _usual(config.__class__)
    return tuple(
        name
        for name, value in vars(config).items()
        if isinstance(value, (list, tuple))
        and len(value) == depth
        and name not in INDEX_LISTS
        and not name.endswith(("_token_id", "_token_ids"))
        and usual.get(name, 0) == 0
    )


@functools.cache
def _usual(kind: type) -> dict[str, int]:
    """By how much the lists of a config class's own values are longer or shorter than its depth."""
    try:
        config = kind()
        depth = depth_of(config)
    except Exception:  # noqa: BLE001  # a class may ask for values
        return {}
    return {name: len(value) - depth for name, value in vars(config).items() if isinstance(value, (list, tuple))}
