"""Where items and texts come from: the mini-world of the package, a folder of real benchmarks, or the hub."""

from dataclasses import dataclass
from pathlib import Path

from harness.errors import BadInput
from harness.tiers import TierName


@dataclass(frozen=True)
class Bundled:
    """The mini-world that comes with the package; it has no real benchmark."""


@dataclass(frozen=True)
class Folder:
    """Plain files, laid out by subject (`math/`, `classification/`, `code/`, ...) as `docs/data.md` says."""

    path: Path


@dataclass(frozen=True)
class Hub:
    """The data sets of the Hugging Face hub, over the network."""


Source = Bundled | Folder | Hub


def source_of(tier: TierName, folder: Path | None) -> Source:
    """Where a run's items and texts come from: the tiny tier has its own; else the folder of `--data`, else the hub."""
    if tier == "tiny":
        return Bundled()
    return Hub() if folder is None else Folder(folder)


def unread(tier: TierName, folder: Path | None) -> str:
    """What a user should know of a `--data` that a run of this tier does not read; empty where there is nothing."""
    if tier != "tiny" or folder is None:
        return ""
    return f"--data {folder} is not read: the tiny model knows its own mini-world only, and is asked its items"


def data_file(source: Source, relative: str) -> Path:
    """A file of a data folder.

    Raises:
        BadInput: the source is none, or lacks the file.
    """
    match source:
        case Bundled():
            raise BadInput(
                f"{relative} is of a real benchmark, and the tiny tier has the mini-world only; name a real model with "
                "--model"
            )
        case Hub():
            raise BadInput(
                f"{relative} has no copy on the hub to fall back to; name the folder that holds it with --data DIR "
                "(docs/data.md says which file each task reads)"
            )
        case Folder(folder):
            path = folder / relative
            if not path.is_file():
                what = f"{relative} is a folder" if path.is_dir() else f"the folder has no file {relative}"
                raise BadInput(f"--data {folder}: {what}; put the file there as docs/data.md says")
            return path


@dataclass(frozen=True)
class Files:
    """The files of a data folder that a task is read from, and where else its items are."""

    names: tuple[str, ...] = ()
    """Paths below the folder, of `layouts`; none: every source has the items."""
    elsewhere: tuple[type[Bundled | Hub], ...] = (Hub,)
    """The other sources that have them."""

    def are_in(self, folder: Source) -> bool:
        """Whether a data folder holds them; of another source they are not."""
        return isinstance(folder, Folder) and all((folder.path / name).is_file() for name in self.names)

    def may_be_in(self, source: Source) -> bool:
        """Whether a source of this type has the items; of a folder only a look says it."""
        return not self.names or isinstance(source, (Folder, *self.elsewhere))

    def require(self, source: Source) -> None:
        """Refuse a source that has not the items; a folder is looked into.

        Raises:
            BadInput: it is one.
        """
        for name in self.names:
            if isinstance(source, Folder) or not self.may_be_in(source):
                data_file(source, name)


NO_FILES = Files()
"""Of items that every source has."""
