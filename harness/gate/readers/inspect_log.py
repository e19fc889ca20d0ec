"""inspect_ai: `.eval` archives and `.json` logs of version 2, as 0.3.285 writes them.

The samples' summaries suffice: id, epoch, input, target, options and scores. Archives are zip files whose members may
be packed with zstd, which Python's zipfile knows from 3.14 on; until then pyarrow unpacks them.
"""

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.gate.logged import Log, LoggedItem, LoggedTask, digest, reading
from harness.gate.reader import files_in, head, reader

_ZSTD = 93  # method of a member, as PKWARE's APPNOTE numbers it
_LOCAL_HEADER = 30  # bytes before a member's name
_VALUES = {"C": 1.0, "I": 0.0, "P": 0.5, "N": 0.0, "yes": 1.0, "true": 1.0, "no": 0.0, "false": 0.0}
"""What inspect_ai's own `value_to_float` makes of texts."""
_GENERATION = (
    "temperature", "top_p", "top_k", "max_tokens", "stop_seqs", "system_message", "reasoning_effort",
    "reasoning_tokens", "num_choices", "best_of",
)  # fmt: skip


def _finds(path: Path) -> list[Path]:
    archives = files_in(path, "*.eval")
    return archives or [one for one in files_in(path, "*.json") if _is_log(one)]


def _is_log(path: Path) -> bool:
    beginning = head(path)
    return '"version"' in beginning and '"status"' in beginning and '"eval"' in beginning


@reader("inspect_ai", _finds)
def read(source: str, files: Sequence[Path], variant: str) -> Log:
    """Read one log a task.

    Raises:
        BadInput: a file is no such log, or two logs are of one task.
    """
    if variant:
        raise BadInput(f"{source}: inspect_ai's logs have no variants; leave ::{variant} out")
    tasks, notes, models = dict[str, LoggedTask](), list[str](), list[str]()
    for path in files:
        with reading(path, "a log of inspect_ai"):
            header, samples = _archive(path) if path.suffix == ".eval" else _whole(path)
            spec = header["eval"]
            name = str(spec["task"])
            if name in tasks:
                raise BadInput(f"{source}: two logs of task {name!r} (the second is {path.name}); name one of them")
            tasks[name] = _task(header, samples)
            models.append(str(spec["model"]))
            if header.get("status", "success") != "success":
                notes.append(f"{path.name} ended with status {header['status']!r}")
            if max((sample["epoch"] for sample in samples), default=1) > 1:
                notes.append(f"{name}: an item's score is its mean over the epochs")
    return Log(source, "inspect_ai", " and ".join(dict.fromkeys(models)), tasks, tuple(notes))


def _whole(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return content, content.get("samples") or []


def _archive(path: Path) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        if "header.json" in names:
            return json.loads(_member(path, archive, "header.json")), json.loads(
                _member(path, archive, "summaries.json")
            )
        parts = sorted(name for name in names if name.startswith("_journal/summaries/"))
        samples = [sample for name in parts for sample in json.loads(_member(path, archive, name))]
        return {**json.loads(_member(path, archive, "_journal/start.json")), "status": "started"}, samples


def _member(path: Path, archive: zipfile.ZipFile, name: str) -> bytes:
    info = archive.getinfo(name)
    try:
        return archive.read(info)
    except NotImplementedError:
        if info.compress_type != _ZSTD:
            raise
    try:
        from pyarrow import Codec
    except ImportError as error:
        raise BadInput(f"{path}: is packed with zstd, which needs pyarrow; run: pip install pyarrow") from error
    with path.open("rb") as file:
        file.seek(info.header_offset)
        local = file.read(_LOCAL_HEADER)
        file.seek(int.from_bytes(local[26:28], "little") + int.from_bytes(local[28:30], "little"), 1)
        unpacked: bytes = Codec("zstd").decompress(file.read(info.compress_size), info.file_size, asbytes=True)
        return unpacked


def _task(header: Mapping[str, Any], samples: Sequence[Mapping[str, Any]]) -> LoggedTask:
    epochs = dict[str, list[LoggedItem]]()
    shares = list[float]()
    seen = set[tuple[str, int]]()
    for sample in samples:
        place = str(sample["id"]), int(sample["epoch"])
        if place in seen:
            raise BadInput(
                f"sample {place[0]!r} is in the log twice in epoch {place[1]}; expected it once: run it again"
            )
        seen.add(place)
        asked = digest(_said(sample["input"]), sample["target"], sample.get("choices"))
        item = LoggedItem(_scores(sample.get("scores") or {}), asked, str(sample["target"]))
        epochs.setdefault(place[0], []).append(item)
        shares.append(1 / len(sample["choices"]) if sample.get("choices") and len(sample["target"]) == 1 else 0.0)
    items = {name: _mean(each) for name, each in epochs.items()}
    chance = {"choice": sum(shares) / len(shares)} if shares and all(shares) else {}
    return LoggedTask(items, chance, _settings(header))


def _said(given: str | list[dict[str, Any]]) -> object:
    """An input without what differs by run: messages have ids."""
    return given if isinstance(given, str) else [(message["role"], message["content"]) for message in given]


def _scores(scores: Mapping[str, Mapping[str, Any]]) -> dict[str, object]:
    found = dict[str, object]()
    for scorer, score in scores.items():
        value = score["value"]
        parts = {f"{scorer}/{key}": part for key, part in value.items()} if isinstance(value, dict) else {scorer: value}
        found |= {name: _VALUES.get(part, part) if isinstance(part, str) else part for name, part in parts.items()}
    return found


def _mean(epochs: Sequence[LoggedItem]) -> LoggedItem:
    """One item of its epochs: what is a number in all of them is averaged."""
    if len(epochs) == 1:
        return epochs[0]
    scores = dict[str, object]()
    for metric in epochs[0].scores:
        values = [one.scores.get(metric) for one in epochs]
        numbers = [float(value) for value in values if isinstance(value, int | float)]
        scores[metric] = sum(numbers) / len(numbers) if len(numbers) == len(values) else None
    return replace(epochs[0], scores=scores)


def _settings(header: Mapping[str, Any]) -> dict[str, str]:
    spec, plan = header["eval"], header.get("plan") or {}
    generation = {**(spec.get("model_generate_config") or {}), **(plan.get("config") or {})}
    said = {
        "task_version": spec.get("task_version"),
        "task_args": spec.get("task_args") or {},
        "scorers": [(one.get("name"), one.get("options")) for one in spec.get("scorers") or ()],
        "epochs": (spec.get("config") or {}).get("epochs") or 1,
        "solvers": [(step["solver"], step.get("params") or {}) for step in plan.get("steps") or ()],
        **{name: generation.get(name) for name in _GENERATION},
    }
    return {name: json.dumps(value, sort_keys=True, default=str) for name, value in said.items()}
