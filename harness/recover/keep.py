"""Trained parameters on disk (safetensors), so that a recovery is trained once and nothing is lost.

A run is named by all that its parameters depend on: the variant, the examples as token ids, recipe, seed, the code and
the versions that train, the device. It is kept by the steps it has done, and without its length: the learning rate is
constant after the warm-up and the order of the examples depends on the seed alone, so a shorter run *is* the beginning
of a longer one, bit for bit (`tests/recover/test_recover.py`). A run that was cut is in `checkpoint`. Every file has a
checksum of what it holds: a damaged one is named, set aside, and trained again.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from harness import files
from harness.errors import BadInput
from harness.recover.fit import Fit
from harness.rules import rules
from harness.versions import installed

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel

    from harness.models.load import LoadedModel
    from harness.recover.recipe import Recipe

    Tensors = dict[str, torch.Tensor]
    Runs = dict[int, tuple[Tensors, Fit]]
    """Steps done -> trained parameters, and what was done."""

T = TypeVar("T")

TRAINING = ("torch", "transformers", "peft", "accelerate", "bitsandbytes")
"""Packages whose versions name a run."""
CHECK, PART = "check", ".part"
BEGINNING = "frozen layers run by length"
"""Names runs whose frozen layers `entering` runs, since other batches move last bits; before 27 November 2026 they ran
in the batches of the training."""


def run_key(*parts: Any, device: str) -> str:  # noqa: ANN401  # anything that JSON can hold
    """32 hexadecimal digits naming a run: what is trained on what and how, and with which code, versions and device."""
    named = [rules("training"), device, [installed(package) or "absent" for package in TRAINING], *parts]
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()[:32]


def key_of(
    variant: "LoadedModel",
    learned: Sequence[tuple[Sequence[int], Sequence[int]]],
    recipe: "Recipe",
    seed: int,
    steps: int,
    teacher: "PreTrainedModel | None",
) -> str:
    """Names a run.

    Args:
        variant: what is trained.
        learned: token ids and labels of its examples.
        recipe: how.
        seed: of it.
        steps: of the whole run.
        teacher: what it learns from, where that is a model.
    """
    from harness.models.fingerprint import fingerprint

    # neither name nor length of a run changes what a step does, where the rate is constant
    endless = dataclasses.replace(recipe, name="", epochs=0.0)
    length = None if recipe.schedule == "constant" else steps
    taught = fingerprint(teacher) if teacher is not None else None
    device = str(variant.model.device)
    named = [variant.fingerprint, list(learned), dataclasses.asdict(endless), seed, length, taught]
    return run_key(*named, *([BEGINNING] if recipe.begins_frozen else []), device=device)


def recoveries_file(store: Path, key: str, what: str) -> Path:
    """Where the store keeps `what` of a run."""
    return store / "recoveries" / f"{key}-{what}.safetensors"


def note_run(store: Path | None, key: str, told: Mapping[str, Any]) -> None:
    """Write beside a run's parameters what they depend on, for people: `harness store` reads it, no run does.

    Args:
        store: that keeps it; None: none does.
        key: of the run.
        told: what it is, in JSON's types.

    Raises:
        BadInput: the folder cannot be written.
    """
    from importlib.metadata import version

    if store is None:
        return
    made = {"rules": rules("training"), "made": {package: version(package) for package in TRAINING}}
    with _writing(store):
        files.write_whole(store / "recoveries" / f"{key}.json", json.dumps({**told, **made}, indent=1) + "\n")


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


def read_whole(
    path: Path, build: "Callable[[Tensors, Mapping[str, str]], T]", tell: Callable[[str], None] = files.say
) -> T | None:
    """What `build` makes of a file's tensors and metadata; None where it is missing, or damaged, which is told."""
    from safetensors import SafetensorError, safe_open

    if not path.exists():
        return None
    try:
        with safe_open(path, framework="pt") as file:
            names, metadata = file.keys(), dict(file.metadata())
            tensors = {name: file.get_tensor(name) for name in names}
        if metadata.pop(CHECK) == _checksum(tensors, metadata):
            return build(tensors, metadata)
    except (SafetensorError, OSError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
        pass
    aside = path.with_suffix(".damaged")
    with contextlib.suppress(OSError):
        path.replace(aside)
    tell(f"{path} is damaged: set aside as {aside.name}, and trained again{files.LOOK}")
    return None


def _checksum(tensors: "Tensors", metadata: Mapping[str, str]) -> str:
    """SHA-256 of all that a file holds."""
    from harness.models.fingerprint import describe

    lines = [json.dumps(dict(metadata), sort_keys=True)]
    lines += [f"{name} {describe(tensor)}" for name, tensor in sorted(tensors.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def write_whole(store: Path, path: Path, tensors: "Tensors", metadata: dict[str, str]) -> None:
    """Write a file of the store whole or not at all.

    Raises:
        BadInput: the folder cannot be written.
    """
    from safetensors.torch import save_file

    with _writing(store):
        part = path.with_suffix(PART)
        try:
            held = {name: value.cpu().contiguous() for name, value in tensors.items()}
            save_file(held, part, {**metadata, CHECK: _checksum(held, metadata)})
            os.replace(part, path)  # noqa: PTH105  # atomic on one file system
        finally:
            part.unlink(missing_ok=True)


@contextlib.contextmanager
def training_alone(store: Path | None, key: str) -> Iterator[None]:
    """While open, no other process trains this run: two workers share it instead of training it twice.

    Raises:
        BadInput: the folder cannot be written.
    """
    if store is None:
        yield
        return
    with contextlib.ExitStack() as held:
        with _writing(store):
            held.enter_context(files.alone(store / "recoveries" / f"{key}.lock", "training the same recovery"))
            for part in (store / "recoveries").glob(f"{key}*{PART}"):  # a killed process left it
                part.unlink(missing_ok=True)
        yield


@contextlib.contextmanager
def _writing(store: Path) -> Iterator[None]:
    from safetensors import SafetensorError

    try:
        (store / "recoveries").mkdir(parents=True, exist_ok=True)
        yield
    except (OSError, SafetensorError) as error:
        reason = getattr(error, "strerror", None) or error
        raise BadInput(f"--store {store}: cannot be written ({reason}); free space or name another folder") from error
