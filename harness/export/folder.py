"""An exported variant as an ordinary Hugging Face folder, written whole or not at all."""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.export.results import FILE
from harness.files import scratch
from harness.models.agreement import TOLERANCE, distance, logits, probe_ids
from harness.models.families import IN_MEMORY_ONLY
from harness.prune.mergekit import to_yaml
from harness.sizes import size

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
    results: str | None = None,
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
        results: scores for leaderboards of the hub (`export.results`), if there are any.

    Raises:
        BadInput: the folder exists, cannot be written, or does not load to the variant.
    """
    from safetensors import SafetensorError

    require_new(out)
    require_room(out, exported.model)
    try:
        _write(exported, base, plan, out, card, beside, results)
    except (OSError, SafetensorError) as error:  # safetensors reports a full disk as its own error
        raise BadInput(f"--out {out}: cannot be written ({error}); make room or name another folder") from error


def _write(
    exported: "LoadedModel",
    base: str | None,
    plan: "LayerPlan",
    out: Path,
    card: Callable[[], str],
    beside: Sequence[Path],
    results: str | None,
) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    with scratch(out.parent, f".{out.name}-") as place:
        folder = place / out.name
        exported.model.save_pretrained(folder)
        exported.tokenizer.save_pretrained(folder)
        _require_same(folder, exported.model)
        (folder / CARD).write_text(card(), encoding="utf-8")
        if results is not None:
            (folder / FILE).parent.mkdir()
            (folder / FILE).write_text(results, encoding="utf-8")
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


def require_new(out: Path) -> None:
    """Refuse a folder that cannot be made, before a model is loaded.

    Raises:
        BadInput: it is not empty, or cannot be written.
    """
    place = _place(out)
    try:
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise BadInput(f"--out {out} exists and is not empty; name a new folder")
        if shutil.disk_usage(place).total == 0:  # /proc, /sys
            raise BadInput(
                f"--out {out}: {place} is on no disk, and a folder cannot be made there; name another folder"
            )
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        raise BadInput(f"--out {out}: cannot be written ({error.strerror}: {place}); name another folder") from error


def require_room(out: Path, model: "PreTrainedModel") -> None:
    """Refuse to begin what cannot end.

    Raises:
        BadInput: the disk lacks room for the model.
    """
    needed = sum(parameter.nbytes for parameter in model.parameters())
    free = shutil.disk_usage(_place(out)).free
    if free < needed:
        raise BadInput(
            f"--out {out}: the model needs {size(needed)} and {size(free)} are free; make room or name "
            f"a folder on another disk"
        )


def _place(out: Path) -> Path:
    """The folder in which it is or will be: the deepest one that exists."""
    return next(parent for parent in (out, *out.absolute().parents) if parent.exists())


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
