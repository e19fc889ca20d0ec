"""The edge of `doctor`: looks into folders that a user named; what is found there means something in `places`."""

import os
import tempfile
from pathlib import Path

from harness.errors import BadInput
from harness.exchange.depot import Depot
from harness.exchange.place import Remote, require_protocol
from harness.upkeep.places import ModelPlace, StorePlace

_SHARED = ("nfs", "cifs", "smb", "fuse", "lustre", "gpfs", "9p", "ceph", "beegfs")  # file systems of several machines


def there(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    return next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())


def store_place(folder: Path) -> StorePlace:
    """What a store's folder lets this process do; nothing is left there."""
    place, text = there(folder), str(folder)
    exists = folder.is_dir()
    kind = _file_system(place)
    files = [path for path in folder.rglob("*") if path.suffix in (".jsonl", ".safetensors")] if exists else []
    unreadable = next((str(path) for path in [folder, *files] if exists and not os.access(path, os.R_OK)), "")
    fixed = next((path for path in files if path.suffix == ".jsonl" and not os.access(path, os.W_OK)), None)
    if fixed is not None:
        return StorePlace(text, exists, unreadable, f"{fixed.name}: Permission denied", kind=kind)
    try:
        with tempfile.NamedTemporaryFile(dir=place, prefix=".doctor-") as file:
            locks = _is_locked(Path(file.name))
    except OSError as error:
        return StorePlace(text, exists, unreadable, error.strerror or str(error), kind=kind)
    return StorePlace(text, exists, unreadable, "", locks, kind)


def remote_refused(remote: Remote) -> str:
    """Why a store that lies elsewhere cannot be reached; empty where it can. Nothing is written there."""
    try:
        require_protocol(remote)
        Depot(remote.url).require_readable()
    except BadInput as error:
        return str(error)
    return ""


def _is_locked(path: Path) -> bool:
    """Whether a lock of a file keeps others out."""
    import fcntl

    with path.open("ab") as one, path.open("ab") as other:
        try:
            fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


def _file_system(folder: Path) -> str:
    """Its kind where others may share it (nfs, cifs, fuse...); empty on a disk of this machine."""
    mounts = [line.split() for line in text_of(Path("/proc/mounts")).splitlines()]
    over = [(Path(mount[1]), mount[2]) for mount in mounts if len(mount) > 2]  # noqa: PLR2004  # device, place, kind
    inside = [(place, kind) for place, kind in over if folder.is_relative_to(place)]
    kind = max(inside, key=lambda found: len(found[0].parts), default=(folder, ""))[1]
    return kind if kind.startswith(_SHARED) else ""


def data_files(folder: Path) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """What is wrong with the files of a data folder, and which task reads which."""
    from harness.tasks.layouts import LAYOUTS, checked_file
    from harness.tasks.lm_eval_tasks import CLASSIFICATION
    from harness.tasks.source import Folder
    from harness.tasks.suite import TASKS, reads

    readers = {name: reads(name).names for name in (*CLASSIFICATION, *TASKS)}
    wrong: dict[str, str] = {}
    for name in dict.fromkeys(name for names in readers.values() for name in names):
        if not (folder / name).is_file():
            wrong[name] = "missing"
            continue
        try:
            if name in LAYOUTS:
                checked_file(Folder(folder), name)
        except BadInput as error:
            wrong[name] = str(error)
    return wrong, readers


def model_place(text: str) -> ModelPlace:
    """What a reference's files tell."""
    from harness.models.ahead import family_ahead, parameters_ahead, require_whole
    from harness.models.reference import resolve

    try:
        reference = resolve(text)
        require_whole(reference, f"--model {text}")
        count = parameters_ahead(reference)
        if reference.source == "hub":
            name, revision = reference.location, reference.revision
            called = f"{name}@{revision}" if revision else name
            return ModelPlace(called, elsewhere=_is_elsewhere(name, revision), parameters=count)
        return ModelPlace(text, model_type=family_ahead(reference), parameters=count)
    except BadInput as error:
        return ModelPlace(text, str(error))
    except ImportError as error:
        return ModelPlace(text, f"--model {text} cannot be looked at: {error.name} is not installed")


def _is_elsewhere(name: str, revision: str | None) -> bool:
    """Whether nothing of a hub's model is in the cache."""
    try:
        from huggingface_hub import try_to_load_from_cache
    except ImportError:
        return True
    return not isinstance(try_to_load_from_cache(name, "config.json", revision=revision), str)


def text_of(path: Path) -> str:
    """What a file says; empty where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
