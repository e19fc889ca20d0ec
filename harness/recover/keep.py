"""Trained parameters on disk (safetensors), so that a recovery is trained once and nothing is lost.

A run is kept by the steps it has done, and without its length: the learning rate is constant after the warm-up and the
order of the examples depends on the seed alone, so a shorter run *is* the beginning of a longer one, bit for bit
(`tests/recover/test_recover.py`). A run that was cut is in `checkpoint`.
"""

import dataclasses
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from harness.errors import BadInput
from harness.recover.fit import Fit

if TYPE_CHECKING:
    import torch

    Tensors = dict[str, torch.Tensor]
    Runs = dict[int, tuple[Tensors, Fit]]
    """Steps done -> trained parameters, and what was done."""

T = TypeVar("T")

FORMAT = 4  # raised when training changes, so that old parameters are not read


def recoveries_file(store: Path, key: str, what: str) -> Path:
    """Where the store keeps `what` of a run."""
    return store / "recoveries" / f"{key}-{FORMAT}-{what}.safetensors"


def load_runs(store: Path | None, key: str, steps: Sequence[int]) -> "Runs":
    """The run after those of the numbers of steps that the store has."""
    if store is None:
        return {}
    found = {count: read_whole(recoveries_file(store, key, str(count)), _run) for count in steps}
    return {count: run for count, run in found.items() if run is not None}


def _run(state: "Tensors", metadata: Mapping[str, str]) -> "tuple[Tensors, Fit]":
    told = json.loads(metadata["fit"])
    return state, Fit(**{**told, "loss": tuple((step, loss) for step, loss in told["loss"])})


def save_runs(store: Path | None, key: str, runs: "Runs") -> None:
    """Keep a run's parameters.

    Raises:
        BadInput: the folder cannot be written.
    """
    if store is None:
        return
    for count, (values, fit) in runs.items():
        path = recoveries_file(store, key, str(count))
        write_whole(store, path, values, {"fit": json.dumps(dataclasses.asdict(fit))})


def read_whole(path: Path, build: "Callable[[Tensors, Mapping[str, str]], T]") -> T | None:
    """What `build` makes of a file's tensors and metadata; None where it is missing, or was cut short by a crash."""
    from safetensors import SafetensorError, safe_open

    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            names = file.keys()
            return build({name: file.get_tensor(name) for name in names}, file.metadata())
    except (SafetensorError, OSError, KeyError, ValueError, TypeError):
        return None


def write_whole(store: Path, path: Path, tensors: "Tensors", metadata: dict[str, str]) -> None:
    """Write a file of the store whole or not at all.

    Raises:
        BadInput: the folder cannot be written.
    """
    from safetensors.torch import save_file

    with _writing(store):
        part = path.with_suffix(f".{os.getpid()}.part")
        try:
            save_file({name: value.cpu().contiguous() for name, value in tensors.items()}, part, metadata)
            os.replace(part, path)  # noqa: PTH105  # atomic on one file system
        finally:
            part.unlink(missing_ok=True)


@contextmanager
def training_alone(store: Path | None, key: str) -> Iterator[None]:
    """While open, no other process trains this run: two workers share it instead of training it twice.

    Raises:
        BadInput: the folder cannot be written.
    """
    from filelock import FileLock

    if store is None:
        yield
        return
    with _writing(store):
        lock = FileLock(store / "recoveries" / f"{key}.lock")
    with lock:
        yield


@contextmanager
def _writing(store: Path) -> Iterator[None]:
    from safetensors import SafetensorError

    try:
        (store / "recoveries").mkdir(parents=True, exist_ok=True)
        yield
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"--store {store}: cannot be written ({reason}); free space or name another folder") from error
