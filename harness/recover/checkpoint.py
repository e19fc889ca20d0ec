"""A training run that was cut goes on where it was: all that the next step depends on, in one safetensors file.

That is the trained parameters, the optimiser's moments, the place in the schedule and the random generators (dropout);
the order of the examples follows from the seed. Taken between two steps, after a point of the loss curve, so that the
curve goes on as well. Resumed equals uninterrupted, bit for bit (`tests/recover/test_checkpoint.py`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.recover.keep import read_whole, recoveries_file, write_whole
from harness.recover.trainable import state

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from harness.recover.keep import Tensors

EVERY_SECONDS = 60.0  # between checkpoints, at the least
SHARE = 0.05  # of a run's time that writing them may take

_PARAMETER, _MOMENT, _GENERATOR = "parameter:", "moment:", "generator:"


@dataclass(frozen=True)
class Trained:
    """What a step changes."""

    model: "PreTrainedModel"
    optimizer: Any
    schedule: Any


@dataclass(frozen=True)
class Checkpoint:
    """A run after some of its steps."""

    steps: int
    seconds: float
    """Training time until then."""
    loss: tuple[tuple[int, float], ...]
    """The loss curve until then."""
    schedule: Mapping[str, Any]
    """State of the learning-rate schedule."""
    tensors: "Tensors"


def checkpoint_of(trained: Trained, steps: int, seconds: float, loss: tuple[tuple[int, float], ...]) -> Checkpoint:
    """The run as it is between two steps."""
    import torch

    tensors = {_PARAMETER + name: value for name, value in state(trained.model).items()}
    for index, moments in trained.optimizer.state_dict()["state"].items():
        tensors |= {f"{_MOMENT}{index}.{name}": value for name, value in moments.items()}
    tensors[f"{_GENERATOR}cpu"] = torch.get_rng_state()
    for device in range(torch.cuda.device_count()):
        tensors[f"{_GENERATOR}{device}"] = torch.cuda.get_rng_state(device)
    return Checkpoint(steps, seconds, loss, trained.schedule.state_dict(), tensors)


def take_up(checkpoint: Checkpoint, trained: Trained) -> None:
    """Put model, optimiser and schedule where the run was; `restore_randomness` comes before the first step."""
    import torch

    of = _by_kind(checkpoint.tensors)
    with torch.no_grad():
        for name, parameter in trained.model.named_parameters():
            if parameter.requires_grad:
                parameter.copy_(of[_PARAMETER][name])
    moments: dict[int, Tensors] = {}
    for name, value in of[_MOMENT].items():
        index, _, moment = name.partition(".")
        moments.setdefault(int(index), {})[moment] = value
    trained.optimizer.load_state_dict({**trained.optimizer.state_dict(), "state": moments})
    trained.schedule.load_state_dict(dict(checkpoint.schedule))
    for group, rate in zip(trained.optimizer.param_groups, checkpoint.schedule["_last_lr"], strict=True):
        group["lr"] = rate


def restore_randomness(checkpoint: Checkpoint) -> None:
    """Let the random generators go on from where they were."""
    import torch

    for device, value in _by_kind(checkpoint.tensors)[_GENERATOR].items():
        if device == "cpu":
            torch.set_rng_state(value)
        elif int(device) < torch.cuda.device_count():
            torch.cuda.set_rng_state(value, int(device))


def _by_kind(tensors: "Tensors") -> "dict[str, Tensors]":
    kinds = (_PARAMETER, _MOMENT, _GENERATOR)
    return {
        kind: {name.removeprefix(kind): value for name, value in tensors.items() if name.startswith(kind)}
        for kind in kinds
    }


def _file(store: Path, key: str) -> Path:
    return recoveries_file(store, key, "checkpoint")


def save_checkpoint(store: Path, key: str, checkpoint: Checkpoint) -> None:
    """Keep it in place of the one before.

    Raises:
        BadInput: the folder cannot be written.
    """
    told = {name: getattr(checkpoint, name) for name in ("steps", "seconds", "loss", "schedule")}
    write_whole(store, _file(store, key), checkpoint.tensors, {"checkpoint": json.dumps(told)})


def load_checkpoint(store: Path | None, key: str) -> Checkpoint | None:
    """The run's checkpoint; None where there is none that can be read."""
    return None if store is None else read_whole(_file(store, key), _checkpoint)


def _checkpoint(tensors: "Tensors", metadata: Mapping[str, str]) -> Checkpoint:
    told = json.loads(metadata["checkpoint"])
    loss = tuple((int(step), float(value)) for step, value in told["loss"])
    return Checkpoint(told["steps"], told["seconds"], loss, told["schedule"], tensors)


def rest_after(seconds: float) -> float:
    """Seconds until the next checkpoint, after one that took `seconds` to write. Pure."""
    return max(EVERY_SECONDS, seconds / SHARE)


def forget_checkpoint(store: Path | None, key: str) -> None:
    """Remove it, once the run is at its end."""
    if store is not None:
        _file(store, key).unlink(missing_ok=True)
