"""Trained parameters on disk (safetensors), so that a recovery is trained once and nothing is lost.

A run is kept by the steps it has done, and without its length: the learning rate is constant after the warm-up and the
order of the examples depends on the seed alone, so a shorter run *is* the beginning of a longer one, bit for bit
(`tests/recover/test_recover.py`).
"""

import dataclasses
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    import torch

    from harness.recover.train import Fit

    Runs = dict[int, tuple[dict[str, torch.Tensor], Fit]]
    """Steps done -> trained parameters, and what was done."""

FORMAT = 4  # raised when training changes, so that old parameters are not read


def _file(store: Path, key: str, steps: int) -> Path:
    return store / "recoveries" / f"{key}-{FORMAT}-{steps}.safetensors"


def load_run(store: Path | None, key: str, steps: Sequence[int]) -> "Runs | None":
    """The run after each number of steps; None where the store lacks any of it."""
    from safetensors import SafetensorError, safe_open

    from harness.recover.train import Fit

    if store is None or not all(_file(store, key, count).exists() for count in steps):
        return None
    found: Runs = {}
    try:
        for count in steps:
            with safe_open(_file(store, key, count), framework="pt") as file:
                state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a dict
                told = json.loads(file.metadata()["fit"])
            found[count] = state, Fit(**{**told, "loss": tuple((step, loss) for step, loss in told["loss"])})
    except (SafetensorError, OSError, KeyError, ValueError, TypeError):
        return None  # cut short by a crash: trained again
    return found


def save_run(store: Path | None, key: str, runs: "Runs") -> None:
    """Keep a run's parameters; each file is written whole or not at all.

    Raises:
        BadInput: the folder cannot be written.
    """
    from safetensors.torch import save_file

    if store is None:
        return
    with _writing(store):
        for count, (values, fit) in runs.items():
            path = _file(store, key, count)
            part = path.with_suffix(f".{os.getpid()}.part")
            tensors = {name: value.cpu().contiguous() for name, value in values.items()}
            save_file(tensors, part, metadata={"fit": json.dumps(dataclasses.asdict(fit))})
            os.replace(part, path)  # noqa: PTH105  # atomic on one file system


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
    try:
        (store / "recoveries").mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        raise BadInput(
            f"--store {store}: cannot be written ({error.strerror}); free space or name another folder"
        ) from error
