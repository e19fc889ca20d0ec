"""Whether a variant, saved and loaded again, is the same model: its config alone must make the layers that it has.

What a family derives from a layer's index cannot always be told to its config. So a second model is made of the
variant's config, without weights, and compared with it module by module: classes, shapes of parameters, and the plain
values that a constructor leaves in them (a window, a scale, whether there are rotary positions). A model whose layers
are all alike needs no such proof.
"""

import copy
import math
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakKeyDictionary

from harness.errors import BadInput
from harness.models.families import IN_MEMORY_ONLY, INDEX_ATTRIBUTES
from harness.models.plain import require_plain
from harness.models.structure import decoder_layers

if TYPE_CHECKING:
    from torch import nn
    from transformers import PreTrainedModel

_ALIKE: "WeakKeyDictionary[PreTrainedModel, bool]" = WeakKeyDictionary()
_NO_MATTER = ("seed",)  # BigBird's, of blocks that only texts of thousands of tokens have


def guard_saving(base: "PreTrainedModel", variant: "PreTrainedModel") -> None:
    """Let `variant.save_pretrained` refuse, in a sentence, where the folder would load as another model."""
    vars(variant).pop("save_pretrained", None)  # the base's, where that is a variant itself
    sentence = _refusal(base, variant)
    if sentence is not None:
        refuse_saving(variant, sentence)


def guard_change(variant: "PreTrainedModel") -> None:
    """Let `variant.save_pretrained` refuse where it was given parameters that its family's files have no place for."""
    why = difference_after_loading(variant)
    if why is not None:
        refuse_saving(variant, f"this variant is right in memory, and saved it would load as another model: {why}")


def refuse_saving(variant: "PreTrainedModel", sentence: str) -> None:
    """Let `variant.save_pretrained` raise BadInput with this sentence."""

    def refuse(*_: object, **__: object) -> NoReturn:
        raise BadInput(sentence)

    vars(variant)["save_pretrained"] = refuse


def _refusal(base: "PreTrainedModel", variant: "PreTrainedModel") -> str | None:
    """What is said when the variant is to be saved; None where it may be."""
    try:
        require_plain(variant, "transformers cannot write them down again")
    except BadInput as error:
        return str(error)
    why = None if _layers_alike(base) else difference_after_loading(variant)
    if why is None:
        return None
    reason = IN_MEMORY_ONLY.get(variant.config.model_type, "its config cannot say what follows from a layer's index")
    return (
        f"this variant is right in memory, and saved it would load as another model: {reason} ({why}); evaluate it "
        f"in memory, or remove other layers"
    )


def require_savable(variant: "PreTrainedModel") -> None:
    """Refuse now what `variant.save_pretrained` would refuse later.

    Raises:
        BadInput: the folder would load as another model.
    """
    refuse = vars(variant).get("save_pretrained")
    if refuse is not None:
        refuse()


def difference_after_loading(variant: "PreTrainedModel") -> str | None:
    """What of a variant its config does not make again, in words; None where it makes the same layers."""
    import torch

    try:
        config = type(variant.config).from_dict(copy.deepcopy(variant.config.to_dict()))
        with torch.device("meta"):
            again = type(variant)(config)
        pairs = list(zip(decoder_layers(variant).modules, decoder_layers(again).modules, strict=True))
    except Exception as error:  # noqa: BLE001  # a config may refuse what it would derive otherwise
        return f"it makes no such model: {' '.join(str(error).split())[:80]}"
    for place, (layer, other) in enumerate(pairs):
        ours, theirs = _facts(layer), _facts(other)
        name = next((name for name in {**ours, **theirs} if not _equal(ours.get(name), theirs.get(name))), None)
        if name is not None:
            return f"{name} of layer {place} would be {theirs.get(name)} instead of {ours.get(name)}"
    return None


def _layers_alike(model: "PreTrainedModel") -> bool:
    if model not in _ALIKE:
        first, *others = (_facts(layer, but=INDEX_ATTRIBUTES) for layer in decoder_layers(model).modules)
        _ALIKE[model] = all(facts == first for facts in others)
    return _ALIKE[model]


def _facts(layer: "nn.Module", but: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a constructor has made of a layer."""
    facts: dict[str, Any] = {name: tuple(parameter.shape) for name, parameter in layer.named_parameters()}
    for path, module in layer.named_modules():
        facts[path or "class"] = type(module).__name__
        for name, value in vars(module).items():
            told = isinstance(value, (bool, int, float, str)) and not name.startswith("_")
            if told and name not in ("training", *_NO_MATTER, *but):
                facts[f"{path}.{name}".lstrip(".")] = value
    return facts


def _equal(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9)
    return one == other
