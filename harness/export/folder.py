"""An exported variant as an ordinary Hugging Face folder, written whole or not at all."""

import json
import re
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.export.mergekit import to_yaml
from harness.files import scratch
from harness.models.agreement import TOLERANCE, distance, logits, probe_ids
from harness.models.families import IN_MEMORY_ONLY
from harness.prune.surgery import share

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel
    from harness.models.reference import Reference
    from harness.prune.plan import LayerPlan

CARD, MERGEKIT = "README.md", "mergekit.yaml"


def write_folder(
    exported: "LoadedModel",
    base: str | None,
    plan: "LayerPlan",
    out: Path,
    card: Callable[[], str],
    beside: Sequence[Path] = (),
) -> None:
    """Write weights (safetensors), config, tokenizer, card and, for whole layers, mergekit's configuration.

    The folder is loaded again before it gets its name.

    Args:
        exported: the variant in an ordinary architecture.
        base: what mergekit shall read; None where it cannot make this model (an adapter was folded in, GGUF).
        plan: what was removed.
        out: the folder; it must not exist, or be empty.
        card: makes the text of the model card.
        beside: files of the unpruned model that go along.

    Raises:
        BadInput: the folder exists, cannot be written, or does not load to the variant.
    """
    from safetensors import SafetensorError

    require_free(out, exported.model)
    try:
        _write(exported, base, plan, out, card, beside)
    except (OSError, SafetensorError) as error:  # safetensors reports a full disk as its own error
        raise BadInput(f"--out {out}: cannot be written ({error}); make room or name another folder") from error


def _write(
    exported: "LoadedModel",
    base: str | None,
    plan: "LayerPlan",
    out: Path,
    card: Callable[[], str],
    beside: Sequence[Path],
) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with scratch(out.parent, f".{out.name}-") as place:
        folder = place / out.name
        exported.model.save_pretrained(folder)
        exported.tokenizer.save_pretrained(folder)
        _require_same(folder, exported.model)
        (folder / CARD).write_text(card(), encoding="utf-8")
        for file in beside:
            shutil.copyfile(file, folder / file.name)
        if base is not None and plan.whole_layers_only and plan.removed:
            (folder / MERGEKIT).write_text(to_yaml(plan, base, exported.dtype), encoding="utf-8")
        if out.exists():
            out.rmdir()  # empty, as checked
        folder.rename(out)


def licence_files(reference: "Reference") -> list[Path]:
    """The licence and notice files in an unpruned model's folder; none where it is no folder."""
    return _files_beside(reference, lambda name: name.upper().startswith(("LICENSE", "LICENCE", "NOTICE")))


def processor_files(reference: "Reference") -> list[Path]:
    """What turns images, sound and video into a model's inputs: pruning its text tower leaves them as they are."""
    return _files_beside(reference, lambda name: name.endswith("processor_config.json"))


def _files_beside(reference: "Reference", wanted: Callable[[str], bool]) -> list[Path]:
    if reference.source not in ("folder", "tiny"):
        return []
    return sorted(file for file in Path(reference.location).iterdir() if file.is_file() and wanted(file.name))


def require_free(out: Path, model: "PreTrainedModel") -> None:
    """Refuse to begin what cannot end.

    Raises:
        BadInput: the folder is not empty, or the disk lacks room for the model.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"--out {out} exists and is not empty; name a new folder")
    needed = sum(parameter.nbytes for parameter in model.parameters())
    place = next(parent for parent in (out, *out.absolute().parents) if parent.exists())
    disk = shutil.disk_usage(place)
    free = disk.free
    if disk.total == 0:  # /proc, /sys
        raise BadInput(f"--out {out}: {place} is on no disk, and a folder cannot be made there; name another folder")
    if free < needed:
        raise BadInput(
            f"--out {out}: the model needs {needed / 1e9:.2f} GB and {free / 1e9:.2f} GB are free; make room or name "
            f"a folder on another disk"
        )


def _require_same(folder: Path, model: "PreTrainedModel") -> None:
    from torch import nn

    from harness.models.config import loading_classes
    from harness.models.quiet import quiet_loading

    auto, _ = loading_classes(model.config)
    with quiet_loading():
        loaded = auto.from_pretrained(folder, dtype=model.dtype)
    nn.Module.to(loaded, model.device)
    ids = probe_ids(model.config.get_text_config().vocab_size).to(model.device)
    far = distance(logits(loaded, ids), logits(model, ids))
    if not far <= TOLERANCE:
        why = IN_MEMORY_ONLY.get(model.config.model_type, "its architecture derives something from the layer index")
        raise BadInput(
            f"the saved folder loads as another model (logits differ by {far:.1g} of the largest), so none was "
            f"written: {why}; evaluate the variant in memory, or remove other layers"
        )


def with_adapter(variant: "LoadedModel", adapter: Path) -> "LoadedModel":
    """The variant with a peft LoRA adapter folded into weights of its own.

    Raises:
        BadInput: the folder is no LoRA adapter, holds more than LoRA, or was made for another model.
    """
    import peft
    from safetensors import SafetensorError, safe_open

    from harness.recover.merge import merged

    config, weights = adapter / "adapter_config.json", adapter / "adapter_model.safetensors"
    if not config.is_file() or not weights.is_file():
        raise BadInput(f"--adapter {adapter}: expected a peft folder with {config.name} and {weights.name}")
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
