"""What a user may write after `--model`, and where it points. Pure but for looking whether a path exists."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from harness.errors import BadInput
from harness.labels import distinct, label
from harness.models.catalogue import MODELS, find
from harness.tiers import TierName

Source = Literal["tiny", "folder", "gguf", "hub"]
TINY = "tiny"
MINI_WORLD = "mini-world"
"""What a model folder's `training.json` says under `world` where our own training made it (`fixtures.train --rung`)."""
_SHORT = re.compile(r"[\w.-]+")
_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
_EXPECTED = (
    f"`{TINY}`, one of {', '.join(model.name for model in MODELS)}, a model folder, a .gguf file, or a hub id such as "
    f"Qwen/Qwen2.5-7B-Instruct@revision"
)


@dataclass(frozen=True)
class Reference:
    """A resolved model reference."""

    text: str
    """As the user wrote it."""
    source: Source
    location: str
    """Folder, .gguf file, or hub id."""
    revision: str | None = None
    """Hub revision; None is the hub's default branch."""

    called: str | None = None
    """What it is called where another model of the run would have the same name."""

    @property
    def parts(self) -> tuple[str, ...]:
        """Where it lies, the last part with the revision where one was named."""
        if self.source == "hub":
            *before, last = self.location.split("/")
        else:
            path = Path(self.location).absolute()
            *before, last = (*path.parts[:-1], path.stem if self.source == "gguf" else path.name)
        return (*before, f"{last}@{self.revision}" if self.revision else last)

    @property
    def label(self) -> str:
        """A short name for tables and file names; two revisions of a model are two rows of a report."""
        return self.called or label(self.parts)


def told_apart(references: Sequence[Reference]) -> list[Reference]:
    """The models of a run with labels that differ where the models do."""
    labels = distinct([reference.parts for reference in references])
    places = {
        name: {r.location for r, other in zip(references, labels, strict=True) if other == name} for name in labels
    }
    return [
        # a folder and a file beside it may have all parts in common
        replace(reference, called=name if len(places[name]) == 1 else reference.location)
        for reference, name in zip(references, labels, strict=True)
    ]


def bundled(name: str) -> Path:
    """A folder of the tiny tier: inside an installed package, or `fixtures/` of a checkout.

    Raises:
        BadInput: neither exists.
    """
    package = Path(__file__).parent.parent
    for folder in (package / "bundled" / name, package.parent / "fixtures" / name):
        if folder.is_dir():
            return folder
    raise BadInput(
        f"the tiny tier's folder {name!r} was found neither in the installed package nor in fixtures/: "
        f"reinstall the package, or rebuild it with `python -m fixtures.train`"
    )


def of_mini_world(text: str) -> bool:
    """Whether a reference is a model of our own world: the bundled one, or a folder that our training made.

    Such a model is asked the tiny tier's tasks; one of language knows none of that world's words.
    """
    if text == TINY:
        return True
    try:
        told = json.loads((Path(text).expanduser() / "training.json").read_text(encoding="utf-8"))
    except (OSError, RuntimeError, ValueError, RecursionError):  # no folder, or another trainer's file
        return False
    return isinstance(told, dict) and told.get("world") == MINI_WORLD


def tier_of(text: str, otherwise: TierName) -> TierName:
    """The tier of a reference: `tiny` for a model of our own world, else as is said."""
    return "tiny" if of_mini_world(text) else otherwise


def resolve(text: str, revision: str | None = None) -> Reference:
    """Where a reference points.

    Args:
        text: what the user wrote.
        revision: hub revision, where `text` names none.

    Raises:
        BadInput: the path does not exist or holds no model, or the text is no hub id either.
    """
    if text == TINY:
        return Reference(text, "tiny", str(bundled("tiny")))
    who = f"--model {text if text.isprintable() else repr(text)}"
    if not text.strip():
        raise BadInput(f"--model {text!r}: names no model; expected {_EXPECTED}")
    try:
        path = Path(text).expanduser()
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, RuntimeError, ValueError) as error:  # too long, an unknown user's home, a NUL
        why = str(getattr(error, "strerror", None) or error).rstrip(".")
        raise BadInput(f"--model {text[:80]!r}: is no path ({why}); expected {_EXPECTED}") from error
    if path.suffix.lower() == ".gguf":
        if not is_file:
            raise BadInput(f"{who}: there is no such .gguf file; give the path of one that exists")
        return Reference(text, "gguf", str(path))
    if is_folder:
        _require_model_folder(path, who)
        return Reference(text, "folder", str(path))
    if is_file:
        raise BadInput(f"{who}: is a file, expected the folder that holds config.json and the weights, or a .gguf file")
    name, _, at = text.partition("@")
    paper = find(text)
    if paper:
        return Reference(text, "hub", paper.hub, at or revision or paper.revision)
    if not _HUB_ID.fullmatch(name) or text.startswith(".") or (at and Path(name).is_dir()):
        raise BadInput(f"{who}: no such folder; expected {_EXPECTED}{_hint(name)}")
    return Reference(text, "hub", name, at or revision)


def _hint(name: str) -> str:
    if Path(name).is_dir():
        return "; a folder has no @revision"
    return "; a model of the hub has an owner: gpt2 is openai-community/gpt2" if _SHORT.fullmatch(name) else ""


def _require_model_folder(folder: Path, who: str) -> None:
    """Refuse a folder that is none, and say what it is instead.

    Raises:
        BadInput: it holds no config.json.
    """
    if (folder / "config.json").is_file():
        return
    if (folder / "adapter_config.json").is_file():
        raise BadInput(
            f"{who}: the folder holds an adapter and no model (adapter_config.json, no config.json); name the model "
            f"that it was trained on, and fold the adapter in: python -m harness export --adapter {folder}"
        )
    gguf = sorted(file.name for file in folder.iterdir() if file.suffix.lower() == ".gguf")
    raise BadInput(
        f"{who}: the folder holds no config.json; expected a Hugging Face model folder (config.json, *.safetensors, "
        f"tokenizer files)" + (f", or the .gguf file itself: {folder / gguf[0]}" if gguf else "")
    )
