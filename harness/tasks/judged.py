"""Answers judged, each once: an outcome is kept beside the answers, under a key of all that it depends on.

That is the judge (its name, and the code of all judges: `harness.rules`), the item and the answers, word for word, the
versions that judges compute with, and, where programs run, how they are isolated here. Not kept is what depends on
anything else: an ending that a busy machine can bring about (`Outcome.steady`), and what a judge decides that is none
of ours, whose code nobody tells apart.
"""

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.journal import Journal, typed
from harness.rules import rules
from harness.tasks.outcome import Outcome
from harness.text.requests import Answer

if TYPE_CHECKING:
    from harness.tasks.task import Item, Task

FOLDER = "judged"  # in the store, one file a task
_USUAL = {field.name: field.default for field in fields(Outcome)}  # of those that have one; left out of a line


def judged(task: "Task", items: "Sequence[Item]", answers: Sequence[Sequence[Answer]]) -> list[Outcome]:
    """The outcomes of items with their answers, in order."""
    if task.judge_all is not None:
        return task.judge_all(items, answers)
    return [task.judge(item, given) for item, given in zip(items, answers, strict=True)]


def judged_once(
    task: "Task", items: "Sequence[Item]", answers: Sequence[Sequence[Answer]], store: Path | None
) -> list[Outcome]:
    """As `judged`, of answers that were not judged before; without a store, of all.

    Raises:
        BadInput: what is kept cannot be read or written, or answers cannot be judged on this machine.
    """
    judge = task.judge_all or task.judge
    if store is None or not is_ours(judge):
        return judged(task, items, answers)
    kept = _opened(store / FOLDER / f"{task.name}.jsonl")
    kept.refresh()
    named = json.dumps([rules("judging"), _versions(), task.check(), task.name, judge.__module__, judge.__qualname__])
    keys = [_key(named, item, given) for item, given in zip(items, answers, strict=True)]
    left = {key: place for place, key in enumerate(keys) if key not in kept.outcomes}
    found = judged(task, [items[place] for place in left.values()], [answers[place] for place in left.values()])
    new = dict(zip(left, found, strict=True))
    kept.put({key: outcome for key, outcome in new.items() if outcome.steady})
    return [new[key] if key in new else kept.outcomes[key] for key in keys]


def is_ours(judge: Any) -> bool:  # noqa: ANN401  # any function
    """Whether a judge and every function inside it are of this package, so that `rules` knows their code."""
    inside = [cell.cell_contents for cell in getattr(judge, "__closure__", None) or ()]
    return str(getattr(judge, "__module__", "")).startswith("harness.tasks.") and all(
        is_ours(each) for each in inside if callable(each)
    )


@cache
def _versions() -> list[str]:
    """Of what judges compute with: Python, which also runs programs, and ROUGE."""
    return [platform.python_version(), version("rouge-score")]


def _key(named: str, item: "Item", answers: Sequence[Answer]) -> str:
    text = json.dumps([named, item, [vars(answer) for answer in answers]], sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _written(outcome: Outcome) -> dict[str, Any]:
    return {name: value for name, value in vars(outcome).items() if value != _USUAL[name]}


class Kept:
    """The outcomes of one task that are kept in a file."""

    def __init__(self, path: Path) -> None:
        self.outcomes: dict[str, Outcome] = {}
        self._journal = Journal(path, self.take)
        self.refresh = self._journal.refresh

    def take(self, row: Mapping[str, Any]) -> bool:
        """Keep what a line says; whether it is one of ours."""
        match row:
            case {"key": str(key), "outcome": dict(written)}:
                outcome = typed(Outcome, written)
                if outcome is not None:
                    self.outcomes[key] = outcome
                    return True
        return False

    def put(self, outcomes: Mapping[str, Outcome]) -> None:
        """Keep outcomes, on disk before this returns."""
        self.outcomes.update(outcomes)
        rows = [
            {"key": key, "outcome": _written(outcome), "rules": rules("judging")} for key, outcome in outcomes.items()
        ]
        if rows:
            self._journal.append(rows, "writing outcomes")


_opened = cache(Kept)
