"""Per-item outcomes as files, so that every figure can be looked into."""

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path

from harness.errors import BadInput
from harness.report.verdicts import plain
from harness.tasks.outcome import Outcome, TaskResult


def write_items(folder: Path, claim: str, variant: str, results: Sequence[TaskResult]) -> Path:
    """JSON lines `items/<claim>/<variant>.jsonl`: task, item id, score (null where undefined), label, response, extra.

    Raises:
        BadInput: the folder cannot be written.
    """
    path = folder / "items" / claim / f"{variant}.jsonl"
    lines = [
        json.dumps(plain({"task": result.task, **dataclasses.asdict(outcome)}), allow_nan=False)
        for result in results
        for outcome in result.outcomes
    ]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"--report {folder}: cannot be written ({error.strerror}); name another folder") from error
    return path


def worst_items(base: TaskResult, pruned: TaskResult, k: int = 3) -> list[Outcome]:
    """The pruned outcomes of the `k` items that lost most; items that lost nothing are left out."""
    losses = [(before.score - after.score, after) for before, after in zip(base.outcomes, pruned.outcomes, strict=True)]
    losses.sort(key=lambda pair: -pair[0])
    return [outcome for loss, outcome in losses[:k] if loss > 0]
