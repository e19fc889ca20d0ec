"""Per-item outcomes as files, and the items that lost most, so that every figure can be looked into."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.execute.sandbox import FULL
from harness.files import write_whole
from harness.report.names import distinct_slugs
from harness.report.verdicts import plain
from harness.tasks.data import numbered_rows
from harness.tasks.outcome import Outcome, TaskResult

Results = dict[str, dict[str, TaskResult]]
"""Variant -> task -> result; the first variant is the one that the others are compared with."""
WORST = 3


@dataclass(frozen=True)
class Loss:
    """One item that a variant answers worse than the first variant does."""

    variant: str
    task: str
    before: Outcome
    after: Outcome


def write_items(
    folder: Path, claim: str, results: Results, texts: Mapping[tuple[str, str], Mapping[str, str]] | None = None
) -> list[Path]:
    """JSON lines `items/<claim>/<variant>.jsonl`: task, texts, the fields of `Outcome`; null if undefined.

    Files of variants that an earlier run of the claim had and this one has not are removed.

    Args:
        folder: of the report.
        claim: the row's name.
        results: variant -> task -> result.
        texts: (task, item) -> `prompt`, what was asked, and `expected`, a right answer, as far as they are known.

    Raises:
        BadInput: the folder cannot be written.
    """
    names, written = distinct_slugs(results), list[Path]()
    for variant, by_task in results.items():
        lines = [
            _line(result.task, outcome, (texts or {}).get((result.task, outcome.item_id), {}))
            for result in by_task.values()
            for outcome in result.outcomes
        ]
        path = folder / "items" / claim / f"{names[variant]}.jsonl"
        written.append(write_text(path, "".join(f"{line}\n" for line in lines), folder))
    for path in (folder / "items" / claim).glob("*.jsonl"):
        if path not in written:
            path.unlink(missing_ok=True)
    return written


def _line(task: str, outcome: Outcome, texts: Mapping[str, str]) -> str:
    row = {"task": task, **texts, **vars(outcome)}
    del row["steady"]  # of use to who judges again, not to who reads
    try:
        return json.dumps(row, allow_nan=False)
    except (TypeError, ValueError):  # a value of numpy, an undefined number
        return json.dumps(plain(row), allow_nan=False)


def read_items(path: Path) -> list[dict[str, Any]]:
    """The rows of an item file; a score that is undefined is None.

    Raises:
        BadInput: the file cannot be read, or a line is no item.
    """
    rows = numbered_rows(path)
    for number, row in rows:
        texts = all(isinstance(row.get(name), str) for name in ("task", "item_id", "label"))
        texts = texts and isinstance(row.get("response", ""), str)
        if not texts or not isinstance(row.get("score", ""), (int, float, type(None))):
            raise BadInput(
                f"{path}, line {number}: no item; expected task, item_id, score and label as checks write them: run "
                f"its check again, or take the file away"
            )
    return [row if isfinite(row["score"] or 0) else row | {"score": None} for _, row in rows]


def left_out(results: Results) -> dict[str, str]:
    """Task -> how many items a variant did not ask, and why; tasks that all asked whole are not in it."""
    said: dict[str, str] = {}
    for by_task in results.values():
        for task, result in by_task.items():
            if result.left_out:
                count = f"{len(result.left_out)} of {result.asked_for}, longer than {result.room} tokens"
                said.setdefault(task, count)
    return said


def write_text(path: Path, text: str, folder: Path) -> Path:
    """A file inside the report folder, whole or not at all.

    Raises:
        BadInput: the folder cannot be written.
    """
    try:
        write_whole(path, text)
    except OSError as error:
        raise BadInput(f"--report {folder}: cannot be written ({error.strerror}); name another folder") from error
    return path


def isolation_of(results: Results) -> str | None:
    """How the programs among the answers were isolated, the worst of them; None where no answer was a program."""
    outcomes = [outcome for by_task in results.values() for one in by_task.values() for outcome in one.outcomes]
    found = {outcome.isolation for outcome in outcomes if outcome.isolation is not None}
    return "; ".join(sorted(found - {FULL})) or (FULL if found else None)


def worst_items(base: TaskResult, pruned: TaskResult, k: int = WORST) -> list[Outcome]:
    """The pruned outcomes of the `k` items that lost most; items that lost nothing are left out."""
    return [after for _, after in _losing(base, pruned)[:k]]


def worst_losses(results: Results, variants: Sequence[str] = (), k: int = WORST) -> list[Loss]:
    """The `k` items that lost most over all tasks of the named variants (default: all but the first).

    Right-or-wrong items that are lost all lost the same, so among equals every task gives one before any gives two.
    """
    ranked = [(-_loss(loss.before, loss.after), rank, loss) for rank, loss in _all_losses(results, variants)]
    return [loss for _, _, loss in sorted(ranked, key=lambda entry: entry[:2])[:k]]


def _all_losses(results: Results, variants: Sequence[str]) -> Iterator[tuple[int, Loss]]:
    if not results:
        return
    first, *others = results
    for variant in variants or others:
        for task, after in results[variant].items():
            if task in results[first]:
                for rank, pair in enumerate(_losing(results[first][task], after)):
                    yield rank, Loss(variant, task, *pair)


def _losing(base: TaskResult, pruned: TaskResult) -> list[tuple[Outcome, Outcome]]:
    """(before, after) of the items that lost, largest loss first."""
    before = {outcome.item_id: outcome for outcome in base.outcomes}
    pairs = [(before[after.item_id], after) for after in pruned.outcomes if after.item_id in before]
    return sorted((pair for pair in pairs if _loss(*pair) > 0), key=lambda pair: -_loss(*pair))


def _loss(before: Outcome, after: Outcome) -> float:
    return before.score - after.score
