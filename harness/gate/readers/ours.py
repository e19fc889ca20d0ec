"""This package's own results: item files `report/.../items/CLAIM/VARIANT.jsonl`, and `baselines/TIER/CLAIM.json`.

One file of items is one variant. A baseline holds several, so one is named: `FILE.json::pruned`. Its scores have no ids
but an order that a hash of the ids names: two baselines with other items do not pair.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.gate.logged import Log, LoggedItem, LoggedTask, digest, reading, repeated
from harness.gate.reader import files_in, first_line, head, reader

CHOICES = {"arc_challenge": 4, "arc_easy": 4, "hellaswag": 4, "mmlu": 4, "openbookqa": 4, "piqa": 2, "winogrande": 2}
"""Options of the choices that lm-eval scores; of all other tasks `harness.tasks` knows what guessing comes to."""
_SCORE = "score"


def _finds(path: Path) -> list[Path]:
    items = [one for one in files_in(path, "*.jsonl") if '"item_id"' in first_line(one)]
    return items or [one for one in files_in(path, "*.json") if _is_baseline(one)]


def _is_baseline(path: Path) -> bool:
    return head(path).lstrip(" {\n").startswith('"claim"')


@reader("this package", _finds)
def read(source: str, files: Sequence[Path], variant: str) -> Log:
    """Read one variant.

    Raises:
        BadInput: the files are not as this package writes them, or of several variants, of which none was named.
    """
    if len(files) > 1:
        files = _named(source, files, variant)
        variant = ""
    if files[0].suffix == ".jsonl":
        if variant and files[0].stem != variant:
            raise BadInput(f"{source}: that file is of {files[0].stem!r} alone; leave ::{variant} out")
        return Log(source, "this package", f"{files[0].parent.name}, {files[0].stem}", _items(files[0]))
    return _baseline(source, files[0], variant)


def _named(source: str, files: Sequence[Path], variant: str) -> list[Path]:
    """Of several item files of a folder, that of one variant."""
    found = [path for path in files if path.stem == variant]
    if len(found) == 1:
        return found
    if found:
        claims = ", ".join(sorted({path.parent.name for path in found})[:3])
        raise BadInput(f"{source}: {len(found)} files of {variant!r} ({claims}, ...); name the folder of one claim")
    known = ", ".join(sorted({path.stem for path in files})[:6])
    raise BadInput(
        f"{source}: {len(files)} files of several variants; name one, as in {files[0]}, or ::VARIANT ({known})"
    )


def _items(path: Path) -> dict[str, LoggedTask]:
    found = dict[str, dict[str, LoggedItem]]()
    with reading(path, "items of a report"):
        rows = (json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line)
        for row in rows:
            task, name = str(row["task"]), str(row["item_id"])
            items = found.setdefault(task, {})
            if name in items:
                raise repeated(path, task, name)
            asked = digest(row["prompt"]) if "prompt" in row else ""
            items[name] = LoggedItem({_SCORE: row[_SCORE], **(row.get("extra") or {})}, asked)
    return {task: LoggedTask(items, _chance(task), by_content=True) for task, items in found.items()}


def _baseline(source: str, path: Path, variant: str) -> Log:
    with reading(path, "a baseline"):
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        cells = [(*cell.rpartition(" | ")[::2], scores) for cell, scores in content["item_scores"].items()]
        known = list(dict.fromkeys(name for name, _, _ in cells))
        if variant not in known:
            raise BadInput(f"{source}: holds {', '.join(known[:8])}; name one of them, as in {path}::{known[-1]}")
        params: Mapping[str, Any] = content["params"]
        settings = {name: json.dumps(params.get(name)) for name in ("protocol", "thinking")}
        tasks = {
            task: LoggedTask(dict(_numbered(scores, content["items"])), _chance(task), settings)
            for name, task, scores in cells
            if name == variant
        }
        return Log(source, "this package", f"{content['claim']}, {variant}", tasks)


def _numbered(scores: str | list[float | None], items: str) -> Iterator[tuple[str, LoggedItem]]:
    """Items by their place among items that are named together."""
    for place, score in enumerate(scores):
        yield f"{items}:{place}", LoggedItem({_SCORE: float(score) if isinstance(score, str) else score})


def _chance(task: str) -> dict[str, float]:
    from harness.tasks.suite import TASKS

    if task in TASKS:
        return {_SCORE: TASKS[task].chance}
    return {_SCORE: 1 / CHOICES[task]} if task in CHOICES else {}
