"""Remove decoder layers from a resident model, in memory and without copying weights.

A variant is made of new module objects around the base's own parameters: the base stays untouched and every variant
costs only Python objects. Everything that must follow the layers follows by kept index: `layer_idx` of every module
below a layer, the depth, `layer_types` and any other per-layer list of the config, lists of layer indices, and what
`families.py` declares. Families that cannot be pruned like this are refused there by name. Nothing is rescaled, and
training a variant in place would train the base; recovery works on adapters or a copy.

Limits: what a family derives from the index itself is not rewritten, so a variant of GPT-2 with
`scale_attn_by_inverse_layer_idx` is right in memory but would reload to another model; its `save_pretrained` says so
instead (`saving`). A variant of a compiled base is not compiled.
"""

import copy
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from harness.errors import BadInput
from harness.models.families import DEPTH_NAMES, INDEX_ATTRIBUTES, INDEX_LISTS, PERIODS, PREFIXES, REWRITES
from harness.models.hooks import hooked, stream_in
from harness.models.structure import (
    decoder_layers,
    depth_of,
    per_layer_lists,
    require_attention,
    require_prunable,
    text_config,
)
from harness.prune.plan import require_layers
from harness.prune.saving import guard_saving

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel

M = TypeVar("M", bound="nn.Module")

# Set on a base once it was compiled, or once its hidden states were captured by hooks. A twin has neither: the compiled
# call would run the base at full depth, and a twin that believes its hooks are in place returns no hidden states.
_STATE_OF_THE_BASE = ("_compiled_call_impl", "_output_capturing_hooks_installed")


def prune_layers(model: "PreTrainedModel", layers: Iterable[int]) -> "PreTrainedModel":
    """A working model without `layers`, sharing the base's parameters.

    Args:
        model: any causal language model that is a stack of decoder layers.
        layers: 0-based indices of the layers of `model` to remove.

    Returns:
        The variant. `variant.config.kept_layers` lists the kept layers as indices of the first unpruned model. Where
        a saved folder would load as another model, `variant.save_pretrained` raises BadInput.

    Raises:
        BadInput: a layer does not exist or is named twice, none would stay, the model is no plain decoder stack, or a
            module's `forward` was replaced.
    """
    if hasattr(model, "model") and hasattr(model, "fingerprint"):
        raise BadInput("prune_layers is given what load_model returned; pass its `.model`")
    require_prunable(model)
    found = decoder_layers(model)
    depth = len(found.modules)
    removed = require_layers(layers, depth)
    require_attention(text_config(model), removed)
    kept = [index for index in range(depth) if index not in removed]

    variant: PreTrainedModel = _share(model, {}, {id(found.modules): {str(index) for index in removed}})
    config = copy.deepcopy(model.config)
    _filter_config(config, kept)
    replace_config(variant, model.config, config)
    variant.generation_config = copy.deepcopy(model.generation_config)

    stack = decoder_stack(variant, found.path)
    chosen = list(stack)  # under the names that they had
    stack._modules.clear()  # noqa: SLF001  # a ModuleList cannot be assigned as a whole
    stack.extend(chosen)
    for position, layer in enumerate(chosen):
        for module in layer.modules():
            for name in INDEX_ATTRIBUTES:
                if isinstance(vars(module).get(name), int):
                    vars(module)[name] = position
    guard_saving(model, variant)
    return variant


def decoder_stack(model: "PreTrainedModel", path: str) -> "nn.ModuleList":
    """The ModuleList at `path`."""
    from torch import nn

    stack = model.get_submodule(path)
    assert isinstance(stack, nn.ModuleList)
    return stack


def share(module: M) -> M:
    """A copy of a module tree as Python objects, with the same tensors; of its hooks only those that travel."""
    twin: M = _share(module, {}, {})
    return twin


def _share(module: Any, seen: dict[int, Any], but: Mapping[int, Collection[str]]) -> Any:  # noqa: ANN401  # torch's own tree is untyped here
    """The twin of a module, with those of all that it holds; `but` names what of some modules, by id, is left out."""
    if id(module) in seen:
        return seen[id(module)]
    if "forward" in vars(module):
        raise BadInput(
            f"{type(module).__name__} had its forward replaced (accelerate's device_map does so), expected a plain "
            f"module; load the model on one device and without hooks"
        )
    twin = module.__class__.__new__(module.__class__)
    seen[id(module)] = twin
    fields = {name: value for name, value in vars(module).items() if name not in _STATE_OF_THE_BASE}
    staying = {key for key, hook in module._forward_pre_hooks.items() if getattr(hook, "travels", False)}  # noqa: SLF001
    for name, value in fields.items():
        if isinstance(value, dict) and "hooks" in name:
            kept = staying if name.startswith("_forward_pre_hooks") else ()
            fields[name] = type(value)((key, hook) for key, hook in value.items() if key in kept)
    fields["_parameters"] = dict(module._parameters)  # noqa: SLF001
    fields["_buffers"] = dict(module._buffers)  # noqa: SLF001
    fields["_modules"] = {
        name: None if child is None else _share(child, seen, but)
        for name, child in module._modules.items()  # noqa: SLF001
        if name not in but.get(id(module), ())
    }
    vars(twin).update(fields)
    return twin


def _filter_config(config: Any, kept: list[int]) -> None:  # noqa: ANN401  # one config class a family
    part = config.get_text_config()
    depth = depth_of(part)
    origin = getattr(part, "kept_layers", None) or list(range(depth))
    # straight into the instance: setters would validate against the depth that is about to change
    fields = vars(part)
    spec = fields.pop("_heterogeneity_spec", None)
    for name in per_layer_lists(part):
        fields[name] = type(fields[name])(fields[name][index] for index in kept)
    _renumber(fields, kept)
    named = [name for name in DEPTH_NAMES if hasattr(part, name)]
    for name in named:
        if name == named[0] or fields.get(name) == depth:
            setattr(part, name, len(kept))
    if part.model_type in REWRITES:
        REWRITES[part.model_type](part, kept, depth)
    if spec is not None:  # transformers' own per-layer overrides, by layer index
        overrides = spec.per_layer_overrides.items()
        part.per_layer_config = {kept.index(index): values for index, values in overrides if index in kept}
    part.kept_layers = [origin[index] for index in kept]


def _renumber(fields: dict[str, Any], kept: list[int]) -> None:
    """Tell periods, lists and prefixes of layer indices anew, in place."""
    for follow in PERIODS:
        follow(fields, kept)
    for name in INDEX_LISTS:
        if isinstance(fields.get(name), (list, tuple)):
            fields[name] = type(fields[name])(kept.index(index) for index in fields[name] if index in kept)
    for name in PREFIXES:
        if isinstance(fields.get(name), int):
            fields[name] = sum(index < fields[name] for index in kept)


def replace_config(variant: "nn.Module", old: Any, new: Any) -> None:  # noqa: ANN401
    """Let every module of `variant` that reads the config `old` read `new` instead."""
    replacements = {id(old): new, id(old.get_text_config()): new.get_text_config()}
    for module in variant.modules():
        for name, value in list(vars(module).items()):
            if id(value) in replacements:
                vars(module)[name] = replacements[id(value)]


def expected_layers(model: "PreTrainedModel") -> int:
    """Decoder layers that one forward pass must run, by the config."""
    return depth_of(text_config(model))


@dataclass
class LayerCalls:
    """Counted while `count_layer_calls` is open."""

    tally: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Of all decoder layers."""
        return self.tally["layers"]


@contextmanager
def count_layer_calls(model: "PreTrainedModel") -> Iterator[LayerCalls]:
    """Counts calls of decoder layers, by hooks on every one of them."""
    calls = LayerCalls()

    def count(*_: Any) -> None:  # noqa: ANN401  # torch passes module, inputs, output
        calls.tally["layers"] += 1

    with hooked(*(layer.register_forward_hook(count) for layer in decoder_layers(model).modules)):
        yield calls


@contextmanager
def skip_by_hook(model: "PreTrainedModel", layers: Iterable[int]) -> Iterator[None]:
    """Replace the output of `layers` by their input while open: the slow oracle of `prune_layers`.

    The layers still run, so the key-value cache must be off.
    """
    stack = decoder_layers(model).modules
    skipped = require_layers(layers, len(stack))
    with hooked(*(stack[index].register_forward_hook(hand_on, with_kwargs=True) for index in skipped)):
        yield


def hand_on(_: Any, args: Any, kwargs: Any, output: Any) -> Any:  # noqa: ANN401  # torch's hook signature
    """A forward hook that replaces a decoder layer's output by its input."""
    hidden = stream_in(args, kwargs)
    return type(output)((hidden, *output[1:])) if isinstance(output, (tuple, list)) else hidden
