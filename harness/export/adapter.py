"""A peft LoRA adapter that is folded into the weights of a variant."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.prune.surgery import share
from harness.versions import require_extra

if TYPE_CHECKING:
    from harness.models.load import LoadedModel


def require_adapter(adapter: Path) -> tuple[Path, Path]:
    """The settings and the weights of a peft folder.

    Raises:
        BadInput: one of them is not there.
    """
    config, weights = adapter / "adapter_config.json", adapter / "adapter_model.safetensors"
    if not config.is_file() or not weights.is_file():
        raise BadInput(f"--adapter {adapter}: expected a peft folder with {config.name} and {weights.name}")
    return config, weights


def with_adapter(variant: "LoadedModel", adapter: Path) -> "LoadedModel":
    """The variant with a peft LoRA adapter folded into weights of its own.

    Raises:
        BadInput: the folder is no LoRA adapter, holds more than LoRA, or was made for another model.
    """
    require_extra("recover", "adapter folders")
    import peft
    from safetensors import SafetensorError, safe_open

    from harness.recover.merge import merged

    config, weights = require_adapter(adapter)
    try:
        settings = json.loads(config.read_text(encoding="utf-8"))
        with safe_open(weights, framework="pt") as file:
            names = list(file.keys())
        _require_foldable(settings, names, variant.depth, adapter)
        adapted = peft.PeftModel.from_pretrained(share(variant.model), adapter)
    except BadInput:
        raise
    except (OSError, SafetensorError, RuntimeError, ValueError, TypeError, KeyError) as error:  # peft checks no shapes
        first_line = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise BadInput(
            f"--adapter {adapter}: does not fit this variant ({first_line}); expected a complete LoRA adapter that "
            f"was trained on it"
        ) from error
    used = sum("lora_" in name for name in adapted.state_dict())
    given = [name for name in names if "lora_" in name or not _is_copy(name, names)]
    if used != len(given):  # peft passes over tensors for which the model has no place
        raise BadInput(
            f"--adapter {adapter} holds {len(given)} tensors, and {used} have a place in this variant; expected an "
            f"adapter of the same architecture"
        )
    return merged(replace(variant, model=adapted.get_base_model()))


def _is_copy(name: str, names: Sequence[str]) -> bool:
    """Whether a tensor is the whole embedding or head that peft saves beside an adapter of it."""
    home = name.removesuffix(".base_layer.weight").removesuffix(".weight")
    return home != name and any(other.startswith(f"{home}.lora_") for other in names)


def _require_foldable(settings: dict[str, Any], names: Sequence[str], depth: int, adapter: Path) -> None:
    """Refuse what folding would leave out, and an adapter of other layers.

    Raises:
        BadInput: it is one.
    """
    kind, bias = settings.get("peft_type"), settings.get("bias") or "none"
    if kind == "LORA" and settings.get("trainable_token_indices"):
        raise BadInput(
            f"--adapter {adapter} trains rows of the embedding (trainable_token_indices) beside its LORA; expected a "
            f"LORA alone, which can be folded into the weights"
        )
    if kind != "LORA" or bias != "none" or settings.get("modules_to_save"):
        raise BadInput(
            f"--adapter {adapter} is of type {kind} with bias {bias!r} and modules_to_save "
            f"{settings.get('modules_to_save')}; expected a LORA without either, which can be folded into the weights"
        )
    if settings.get("alora_invocation_tokens"):
        raise BadInput(
            f"--adapter {adapter} is an activated LoRA, which acts only after its invocation tokens and so cannot be "
            f"folded into weights that act on all; expected a plain LORA"
        )
    # a layer's index is the first number of a name, an expert's comes later
    layers = [int(found) for name in names if (found := next(filter(str.isdecimal, name.split(".")), None)) is not None]
    trained = max(layers, default=-1) + 1
    # who names layers, by a list, a pattern or one by one, need not name the last; one of the embedding names none
    targets = settings.get("target_modules")
    if isinstance(targets, str):
        named = targets != "all-linear"
    else:
        named = any(re.search(r"\.\d+\.", f".{target}.") for target in targets or ())
    chosen = named or settings.get("layers_to_transform") is not None
    if trained > depth or (0 < trained < depth and not chosen):
        raise BadInput(
            f"--adapter {adapter} was trained on {trained} layers, and this variant has {depth}; "
            f"remove the layers it was trained without"
        )
