"""How much of a model's scores is numerics, as `python -m harness noise` measured it: `baselines/<tier>/noise.json`.

One file a tier: the model's fingerprint (so its dtype as well) -> task -> how it was asked otherwise -> share of items
whose score flipped, of how many items, by which command. A baseline without rates of its own is compared with these.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.files import write_whole
from harness.versions import versions

FILE = "noise.json"
Rates = dict[str, dict[str, float]]
"""Task -> how it was asked otherwise (`one at a time`, `float32`) -> share of its items whose score differed."""


def known_rates(folder: Path, fingerprint: str) -> Rates:
    """Rates of a model by task; empty where none were measured.

    Args:
        folder: of the tier's baselines.
        fingerprint: of the model.

    Raises:
        BadInput: the file is there and cannot be read.
    """
    tasks = _read(folder / FILE).get(fingerprint, {}).get("tasks", {})
    return {task: {way: float(found["rate"]) for way, found in ways.items()} for task, ways in tasks.items()}


def keep_rates(
    folder: Path, fingerprint: str, model: str, dtype: str, rates: Rates, items: dict[str, int], command: str
) -> Path:
    """Write measured rates beside what the file holds already; those of the same model, task and way are replaced.

    Raises:
        BadInput: the file is there and cannot be read, or it cannot be written.
    """
    path = folder / FILE
    content = _read(path)
    known = content.get(fingerprint, {})
    made = {"command": command, "date": datetime.now(UTC).date().isoformat()}
    tasks = dict(known.get("tasks", {}))
    for task, found in rates.items():
        new = {way: {"rate": round(rate, 4), "items": items[task]} | made for way, rate in found.items()}
        tasks[task] = tasks.get(task, {}) | new
    content[fingerprint] = {"model": model, "dtype": dtype, "versions": versions(), "tasks": tasks}
    try:
        return write_whole(path, json.dumps(content, indent=1, sort_keys=True) + "\n")
    except OSError as error:
        raise BadInput(f"{path}: cannot be written ({error.strerror}); name another checkout: --root DIR") from error


def _read(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        for model in content.values():
            for ways in model["tasks"].values():
                [float(found["rate"]) for found in ways.values()]
    except (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{path}: is no file of noise rates ({type(error).__name__}: {error}); mend it (an unfinished merge?), or "
            f"remove it and measure again: python -m harness noise"
        ) from error
    found_all: dict[str, Any] = content
    return found_all
