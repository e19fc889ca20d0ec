"""Findings about folders that a user names or has: what came with the package, benchmarks, the store, a model. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from harness.models.families import IN_MEMORY_ONLY, REFUSED
from harness.sizes import size
from harness.upkeep.finding import Finding
from harness.upkeep.hardware import TINY_MEMORY, Memory
from harness.upkeep.software import Libraries

_SHOWN = 3
FLOAT32, BFLOAT16 = 4, 2


@dataclass(frozen=True)
class StorePlace:
    """What was found at `--store`."""

    path: str
    exists: bool
    unreadable: str = ""
    """A file of it, or the folder, that cannot be read; empty where there is none."""
    unwritable: str = ""
    """Why it cannot be written; empty where it can."""
    locks: bool = True
    """Whether a file that is locked there is locked for others."""
    kind: str = ""
    """Of file system."""


@dataclass(frozen=True)
class ModelPlace:
    """What the files of `--model` tell before they are loaded."""

    text: str
    """As the user wrote it."""
    refused: str = ""
    """Why it cannot be used; empty where nothing speaks against it yet."""
    elsewhere: bool = False
    """Whether it is on the hub, and not in the cache."""
    model_type: str = ""
    parameters: int | None = None
    """None where only loading tells."""


def bundled_finding(changed: Sequence[str]) -> Finding:
    """Whether the tiny model and its items are as they were released.

    Args:
        changed: files that are missing or hold something else.
    """
    if not changed:
        return Finding("bundled", "ok", "the tiny model and its items are as released", needed=True)
    more = f" and {len(changed) - _SHOWN} more" if len(changed) > _SHOWN else ""
    says = f"not as released: {', '.join(changed[:_SHOWN])}{more}"
    mend = "git checkout -- fixtures, or pip install --force-reinstall --no-deps layer-pruning-checks"
    return Finding("bundled", "missing", says, mend, needed=True)


def data_findings(folder: str, wrong: Mapping[str, str], readers: Mapping[str, Sequence[str]]) -> list[Finding]:
    """What tasks can be asked from a data folder.

    Args:
        folder: of `--data`.
        wrong: file -> why it cannot be read; `missing` where it is not there.
        readers: task -> the files that it reads.
    """
    files = {file for names in readers.values() for file in names}
    if files and all(wrong.get(file) == "missing" for file in files):
        says = f"{folder} holds none of the {len(files)} files that tasks read"
        return [Finding("data", "missing", says, "lay it out as docs/data.md says, or name another folder")]
    found = []
    for file, why in wrong.items():
        tasks = ", ".join(task for task, names in readers.items() if file in names)
        if why == "missing":
            says, mend = (
                f"{folder} has no {file}: not asked are {tasks}",
                f"put the file at {folder}/{file} (docs/data.md)",
            )
        else:
            says, mend = f"not asked are {tasks}: {why}", "fetch the file again (docs/data.md)"
        found.append(Finding("data", "missing", says, mend))
    whole = [task for task, names in readers.items() if names and not any(file in wrong for file in names)]
    if whole:
        found.insert(0, Finding("data", "ok", f"{folder} has the files of {', '.join(whole)}"))
    return found


def store_finding(store: StorePlace) -> Finding:
    """Whether answers can be kept in a folder, and shared by processes."""
    if store.unreadable:
        mend = f"chmod -R u+rw {store.path}, or name another folder with --store"
        return Finding("store", "missing", f"{store.unreadable} cannot be read", mend, needed=True)
    if store.unwritable:
        says = f"{store.path} cannot be written ({store.unwritable})"
        return Finding("store", "missing", says, "name another folder with --store", needed=True)
    on = f" on {store.kind}" if store.kind else ""
    if not store.locks:
        says = f"{store.path}{on} keeps no locks: two processes would write into each other's lines"
        return Finding(
            "store", "missing", says, "name a folder on a local disk with --store, and one process", needed=True
        )
    there = "is read and written" if store.exists else "can be made"
    return Finding("store", "ok", f"{store.path}{on} {there}, with locks", needed=True)


def remote_finding(url: str, refused: str) -> Finding:
    """Whether a store that lies elsewhere can be reached.

    Args:
        url: of it.
        refused: why not; empty where it can.
    """
    if refused:
        return Finding("store", "missing", refused, "name a folder, or another URL, with --store", needed=True)
    says = f"{url} can be listed; whether it can be written, a run tries before anything else"
    return Finding("store", "ok", says, needed=True)


def model_findings(model: ModelPlace, libraries: Libraries, memory: Memory) -> list[Finding]:
    """Whether a model can be asked: its files, its family, its size."""
    if model.refused:
        return [Finding("model", "missing", model.refused)]
    if model.elsewhere:
        says = f"{model.text} is on the hub, and none of its files are here; its weights come when it is first named"
        mend = f"hf download {model.text.replace('@', ' --revision ')}"
        return [_size_finding(model, libraries, memory), Finding("model", "missing", says, mend)]
    return [_family_finding(model, libraries), _size_finding(model, libraries, memory)]


def _family_finding(model: ModelPlace, libraries: Libraries) -> Finding:
    kind = model.model_type
    if not kind:
        return Finding("family", "ok", f"{model.text} tells its family when it is loaded")
    if kind in REFUSED:
        return Finding("family", "cannot", f"{kind} cannot be pruned: {REFUSED[kind]} (docs/families.md)")
    if libraries.causal is False:
        says = f"{kind} is no language model of the installed transformers"
        return Finding("family", "cannot", says, "name a causal language model (docs/families.md lists the families)")
    if kind in IN_MEMORY_ONLY:
        says = f"{kind} is pruned in memory, and its variants are not saved: {IN_MEMORY_ONLY[kind]}"
        return Finding("family", "ok", says)
    known = "is known" if libraries.causal else "is not refused; transformers could not be asked"
    return Finding("family", "ok", f"{kind} {known}")


def _size_finding(model: ModelPlace, libraries: Libraries, memory: Memory) -> Finding:
    count = model.parameters
    if count is None:
        return Finding("size", "ok", f"how large {model.text} is, only loading tells")
    of = f"{count / 1e9:.3g} billion parameters" if count >= 1e9 else f"{count / 1e6:.3g} million parameters"  # noqa: PLR2004
    if libraries.gpus:
        return _on_card(of, count * BFLOAT16, max(libraries.gpus, key=lambda gpu: gpu[2]))
    return _on_processor(of, count, max(0.0, memory.free - TINY_MEMORY))


def _on_card(of: str, needed: int, gpu: tuple[str, int, int]) -> Finding:
    name, total, free = gpu
    says = f"{of} take {size(needed)} in bfloat16, and {name} has {size(free)} of {size(total)} free"
    if needed <= free:
        return Finding("size", "ok", says)
    if needed <= total:
        return Finding("size", "missing", says, "end what takes the rest: nvidia-smi")
    return Finding("size", "cannot", says, "a smaller model, or a larger card")


def _on_processor(of: str, count: int, left: float) -> Finding:
    says = (
        f"{of} take {size(count * FLOAT32)} in float32, {size(count * BFLOAT16)} in bfloat16, and beside the libraries "
        f"{size(left)} are free"
    )
    if count * FLOAT32 <= left:
        return Finding("size", "ok", says)
    if count * BFLOAT16 <= left:
        return Finding("size", "missing", says, "add --dtype bfloat16")
    return Finding("size", "cannot", says, "a smaller model, or a machine with more memory")
