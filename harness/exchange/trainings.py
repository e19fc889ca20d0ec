"""Trainings that are at their end go from store to store as they are: no file is replaced, here or there."""

import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.exchange.depot import Depot, files_of
from harness.exchange.travels import travelling, travels


def send_files(depot: Depot, store: Path, listed: Iterable[str]) -> int:
    """Send the files of which the place has none under their name; how many.

    Trained weights are read and checked first, and set aside where they are damaged.

    Args:
        depot: the place.
        store: the folder.
        listed: objects of the place.

    Raises:
        BadInput: the place cannot be written.
        OSError: a file cannot be read.
    """
    there, sent = files_of(listed), 0
    for name in travelling(store, "whole"):
        if name not in there and _is_sound(store / name, depot.tell):
            with _held(store / name) as path:
                depot.write_file(name, path)
            sent += 1
    return sent


def _is_sound(path: Path, tell: Callable[[str], None]) -> bool:
    if path.suffix != ".safetensors":
        return True
    from harness.recover.keep import read_whole

    return bool(read_whole(path, lambda *_: True, tell))


@contextmanager
def _held(path: Path) -> Iterator[Path]:
    """A file as it is now, whatever is put in its place meanwhile."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    try:
        try:
            part.hardlink_to(path)
        except OSError:  # a file system without links
            shutil.copyfile(path, part)
        yield part
    finally:
        part.unlink(missing_ok=True)


def take_files(depot: Depot, store: Path, listed: Iterable[str]) -> int:
    """Take the files that the store lacks; how many.

    Args:
        depot: the place.
        store: the folder.
        listed: objects of the place.

    Raises:
        BadInput: the place cannot be read.
        OSError: the store cannot be written.
    """
    lacking = {name: objects for name, objects in files_of(listed).items() if not (store / name).exists()}
    return sum(
        any(_took(depot, store / name, one) for one in objects)
        for name, objects in lacking.items()
        if travels(name) == "whole"
    )


def _took(depot: Depot, path: Path, name: str) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    try:
        if whole := depot.read_file(name, part):
            part.replace(path)
        return whole
    finally:
        part.unlink(missing_ok=True)
