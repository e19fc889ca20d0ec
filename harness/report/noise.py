"""How much of a model's scores is numerics, as `python -m harness noise` measured it: `baselines/<tier>/noise.json`.

One file a tier: the model's fingerprint (so its dtype as well) -> task -> shares of items that flipped, over how many
items, and by which command. A baseline that has no rates of its own is compared with these.
"""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.files import write_whole
from harness.report.environment import versions

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
    return {task: dict(found["rates"]) for task, found in tasks.items()}


def keep_rates(
    folder: Path, fingerprint: str, model: str, dtype: str, rates: Rates, items: dict[str, int], command: str
) -> Path:
    """Write measured rates beside what the file holds already; those of the same model and task are replaced.

    Raises:
        BadInput: the file is there and cannot be read, or it cannot be written.
    """
    path = folder / FILE
    content = _read(path)
    known = content.get(fingerprint, {})
    made = {"command": command, "date": datetime.now(UTC).date().isoformat()}
    tasks = {task: {"items": items[task], "rates": found} | made for task, found in rates.items()}
    tasks = known.get("tasks", {}) | tasks
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
            for found in model["tasks"].values():
                found["items"], [float(rate) for rate in found["rates"].values()]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(
            f"{path}: is no file of noise rates ({type(error).__name__}: {error}); mend it (an unfinished merge?), or "
            f"remove it and measure again: python -m harness noise"
        ) from error
    found_all: dict[str, Any] = content
    return found_all
