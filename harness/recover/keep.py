"""Trained parameters on disk (safetensors), so that a recovery is trained once and nothing is lost."""

import dataclasses
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput

if TYPE_CHECKING:
    import torch

    from harness.recover.train import Fit

FORMAT = 1  # raised when training changes, so that old parameters are not read


def _file(store: Path, key: str, fraction: float) -> Path:
    return store / "recoveries" / f"{key}-{FORMAT}-{fraction:g}.safetensors"


def load_run(
    store: Path | None, key: str, at: Sequence[float]
) -> "tuple[dict[float, dict[str, torch.Tensor]], Fit] | None":
    """The parameters of a run after each fraction, and what it did; None where the store lacks any of it."""
    from safetensors import SafetensorError, safe_open

    from harness.recover.train import Fit

    if store is None or not all(_file(store, key, fraction).exists() for fraction in at):
        return None
    states: dict[float, dict[str, torch.Tensor]] = {}
    try:
        for fraction in at:
            with safe_open(_file(store, key, fraction), framework="pt") as file:
                states[fraction] = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # not a dict
                told = json.loads(file.metadata()["fit"])
    except (SafetensorError, OSError, KeyError, ValueError):
        return None  # cut short by a crash: trained again
    return states, Fit(**{**told, "loss": tuple((step, loss) for step, loss in told["loss"])})


def save_run(store: Path | None, key: str, states: "dict[float, dict[str, torch.Tensor]]", fit: "Fit") -> None:
    """Keep a run's parameters; each file is written whole or not at all.

    Raises:
        BadInput: the folder cannot be written.
    """
    from safetensors.torch import save_file

    if store is None:
        return
    try:
        for fraction, values in states.items():
            path = _file(store, key, fraction)
            path.parent.mkdir(parents=True, exist_ok=True)
            part = path.with_suffix(f".{os.getpid()}.part")
            tensors = {name: value.cpu().contiguous() for name, value in values.items()}
            save_file(tensors, part, metadata={"fit": json.dumps(dataclasses.asdict(fit))})
            os.replace(part, path)  # noqa: PTH105  # atomic on one file system
    except OSError as error:
        raise BadInput(
            f"--store {store}: cannot be written ({error.strerror}); free space or name another folder"
        ) from error
