"""What a user may write after `--model`, and where it points. Pure but for looking whether a path exists."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from harness.errors import BadInput
from harness.models.catalogue import MODELS, find

Source = Literal["tiny", "folder", "gguf", "hub"]
TINY = "tiny"
_HUB_PARTS = 2  # owner/name


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

    @property
    def label(self) -> str:
        """A short name for tables and file names."""
        return Path(self.location).stem if self.source == "gguf" else Path(self.location).name

    @property
    def name(self) -> str:
        """The label, with the revision where one was named: two revisions of a model are two rows of a report."""
        return f"{self.label}@{self.revision}" if self.revision else self.label


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


def resolve(text: str, revision: str | None = None) -> Reference:
    """Where a reference points.

    Raises:
        BadInput: the path does not exist, or the text is no hub id either.
    """
    if text == TINY:
        return Reference(text, "tiny", str(bundled("tiny")))
    path = Path(text).expanduser()
    if path.suffix == ".gguf":
        if not path.is_file():
            raise BadInput(f"--model {text}: there is no such .gguf file; give the path of one that exists")
        return Reference(text, "gguf", str(path))
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise BadInput(
                f"--model {text}: the folder holds no config.json; expected a Hugging Face model folder "
                f"(config.json, *.safetensors, tokenizer files)"
            )
        return Reference(text, "folder", str(path))
    name, _, at = text.partition("@")
    paper = find(text)
    if paper:
        return Reference(text, "hub", paper.hub, at or revision or paper.revision)
    parts = name.split("/")
    looks_like_path = text.startswith((".", "/", "~")) or len(parts) != _HUB_PARTS or not all(parts)
    if looks_like_path:
        raise BadInput(
            f"--model {text}: no such folder; expected `tiny`, one of {', '.join(model.name for model in MODELS)}, "
            f"a model folder, a .gguf file, or a hub id such as Qwen/Qwen2.5-7B-Instruct@revision"
        )
    return Reference(text, "hub", name, at or revision)
