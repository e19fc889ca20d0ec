"""Baselines: what a check measured before, one JSON file per claim and model in `baselines/<tier>/`.

A baseline is a syrupy snapshot. It stores per variant and task the total score and every item's score in the items'
order, a hash of the item ids, the model's fingerprint, and where it comes from: reason, date, commit, versions,
command, and the reasons of the baselines before it. Comparing is `harness.report.compare`'s business.
"""

import hashlib
import json
import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from harness.errors import BadInput
from harness.labels import tails
from harness.report.common import draws
from harness.report.compare import differences
from harness.report.environment import git_state
from harness.report.items import Results
from harness.report.names import record_name
from harness.report.noise import known_rates
from harness.report.record import ClaimRecord
from harness.report.verdicts import plain
from harness.versions import versions

RESULT = ("claim", "model_fingerprint", "params", "verdict", "items", "scores", "item_scores", "effect", "seeds")
"""The fields that are the result. A change in the others (provenance) does not write a baseline again."""
PROVENANCE = ("reason", "date", "git")
_FIELDS: dict[str, type] = {
    "claim": str, "model_fingerprint": str, "params": dict, "verdict": str, "items": str, "scores": dict,
    "item_scores": dict, "draws": dict, "flip_rates": dict, "history": list,
}  # fmt: skip
"""What the fields of a baseline that are read are."""
_NUMBERS = re.compile(r"\[\s*((?:-?[\d.e+-]+|null)(?:,\s*(?:-?[\d.e+-]+|null))*)\s*\]")


def item_ids(results: Results) -> dict[str, list[str]]:
    """Ids of every task's items in their order; of the first variant that has the task."""
    found: dict[str, list[str]] = {}
    for by_task in results.values():
        for task, result in by_task.items():
            found.setdefault(task, [outcome.item_id for outcome in result.outcomes])
    return found


def item_hash(results: Results) -> str:
    """12 hexadecimal digits naming the items of every task, order included."""
    lines = [f"{task} {item}" for task, ids in sorted(item_ids(results).items()) for item in ids]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def content_hash(results: Results) -> str:
    """12 hexadecimal digits naming what the items of every task say, beside their ids."""
    found: dict[str, str] = {}
    for by_task in results.values():
        for task, result in by_task.items():
            found.setdefault(task, result.content)
    return hashlib.sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:12]


def packed(scores: Sequence[float]) -> str | list[float | None]:
    """Right-or-wrong scores as a string of digits, others as numbers of 4 decimals (null where undefined)."""
    if all(score in (0, 1) for score in scores):
        return "".join(str(int(score)) for score in scores)
    return [round(score, 4) if math.isfinite(score) else None for score in scores]


def baseline_of(record: ClaimRecord, results: Results, command: str) -> dict[str, Any]:
    """What is stored of a decided claim, without its provenance; totals as [total score, items]."""
    cells = {f"{variant} | {task}": result.scores for variant, row in results.items() for task, result in row.items()}
    effect = record.effect and {name: round(getattr(record.effect, name), 4) for name in ("estimate", "low", "high")}
    content: dict[str, Any] = plain(
        {
            "claim": record.claim,
            "model_fingerprint": record.model_fingerprint,
            "params": record.params,
            "verdict": record.verdict,
            "because": record.reason,
            "items": item_hash(results),
            "draws": draws({task: result for row in reversed(results.values()) for task, result in row.items()}),
            "scores": {name: [round(sum(scores), 4), len(scores)] for name, scores in cells.items()},
            "item_scores": {name: packed(scores) for name, scores in cells.items()},
            "effect": effect,
            "minimum": record.minimum,
            "p_value": record.p_value,
            "flip_rates": record.measurements.get("flip_rates", {}),
            "seeds": record.seeds,
            "removed": record.measurements.get("removed"),
            "cost": {"seconds": record.cost.seconds, "generated_tokens": record.cost.generated_tokens},
            "versions": versions(),
            "command": command,
        }
    )
    return content


def with_provenance(today: dict[str, Any], old: dict[str, Any] | None, reason: str) -> dict[str, Any]:
    """`today` with the reason, date and commit of the update, and with what `old` said, oldest first.

    Where `old` says the same and not why, as baselines of before 28 November 2026 do, it learns that and stays.
    """
    date = datetime.now(UTC).date().isoformat()
    history = []
    if old is not None and "because" not in old and same_result(old, today):  # nothing is new but the sentence
        return old | {"because": today["because"]}
    if old is not None:
        today = today | {"flip_rates": today.get("flip_rates") or old.get("flip_rates", {})}
        earlier = {name: old.get(name) for name in (*PROVENANCE, "verdict", "effect")}
        history = [*old.get("history", []), earlier]
    return today | {"reason": reason, "date": date, "git": git_state(), "history": history}


def read_baseline(path: Path) -> dict[str, Any] | None:
    """A stored baseline; None where there is none.

    Raises:
        BadInput: the file is no baseline.
    """
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise BadInput(
            f"{path}: cannot be read ({error}); expected a baseline as --update-baseline writes it: mend the file (an "
            f"unfinished merge?), or remove it and store it again"
        ) from error
    wrong = _wrong_in(content)
    if wrong:
        raise BadInput(f"{path}: is no baseline ({wrong}); mend the file, or remove it and store it again")
    found: dict[str, Any] = content
    return found


def baseline_path(folder: Path, record: ClaimRecord, parts: Sequence[str]) -> Path:
    """Where the baseline of a row is, or belongs.

    A model is called otherwise where another of the run has its name, so all that it may be called is tried.

    Args:
        folder: of the tier's baselines.
        record: the row.
        parts: of the model's reference, from which its names are made.
    """
    names = dict.fromkeys([record.model, *tails(parts)])
    paths = [folder / f"{record_name(record, name)}.json" for name in names]
    for path in paths:
        known = read_baseline(path)
        if known is not None and known["model_fingerprint"] == record.model_fingerprint:
            return path
    return paths[0]


def with_known_noise(old: dict[str, Any], path: Path) -> dict[str, Any]:
    """A baseline with the flip rates that were measured of its model for the tasks of which it holds none itself."""
    known = known_rates(path.parent, old["model_fingerprint"])
    return old | {"flip_rates": known | old.get("flip_rates", {})}


def _wrong_in(content: Any) -> str | None:  # noqa: ANN401  # JSON
    """What keeps a file from being a baseline; None where nothing does. Pure."""
    if not isinstance(content, dict):
        return f"a JSON {type(content).__name__}, expected an object"
    for name, kind in _FIELDS.items():
        if name in content and not isinstance(content[name], kind):
            return f"{name!r} is {str(content[name])[:40]!r}, expected a {kind.__name__}"
    missing = [name for name in ("claim", "model_fingerprint", "params", "verdict", "items") if name not in content]
    if missing:
        return f"it lacks {missing[0]!r}"
    for name, scores in content.get("item_scores", {}).items():
        digits = isinstance(scores, str) and set(scores) <= {"0", "1"}
        numbers = isinstance(scores, list) and all(each is None or isinstance(each, (int, float)) for each in scores)
        if not digits and not numbers:
            return f"the item scores of {name!r} are neither 0s and 1s nor numbers"
    return None


def same_result(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether two baselines say exactly the same of the model."""
    return all(old.get(name) == new.get(name) for name in RESULT)


def to_text(content: dict[str, Any]) -> str:
    """JSON with one entry per line, but lists of numbers on one line: a sweep has thousands of scores."""
    text = json.dumps(content, indent=1, sort_keys=True, allow_nan=False)
    return _NUMBERS.sub(lambda found: "[" + re.sub(r"\s+", " ", found[1]) + "]", text) + "\n"


def extension(path: Path, *, update: bool = False) -> type[SingleFileSnapshotExtension]:
    """A syrupy extension that keeps its one snapshot at `path`.

    Args:
        path: of the baseline.
        update: an update was asked for: anything that was found differently is written, noise included.
    """

    class Baseline(SingleFileSnapshotExtension):  # type: ignore[misc]  # syrupy is not analysed; inheritance is its interface
        _write_mode = WriteMode.TEXT
        file_extension = "json"

        def serialize(self, data: Any, **_: Any) -> str:  # noqa: ANN401  # syrupy's interface
            return to_text(data)

        @classmethod
        def get_location(cls, **_: Any) -> str:  # noqa: ANN401
            return str(path)

        @classmethod
        def dirname(cls, **_: Any) -> str:  # noqa: ANN401
            return str(path.parent)

        @classmethod
        def matches_test_location(cls, **_: Any) -> bool:  # noqa: ANN401
            return True  # named after the claim and the model, not after the test

        def discover_snapshots(self, **_: Any) -> Any:  # noqa: ANN401
            from syrupy.data import SnapshotCollections

            return SnapshotCollections()  # other models' baselines are not stale because they were not run today

        def matches(self, *, serialized_data: Any, snapshot_data: Any) -> bool:  # noqa: ANN401
            old, new = json.loads(snapshot_data), json.loads(serialized_data)
            if update:
                return same_result(old, new) and "because" in old
            return not differences(with_known_noise(old, path), new)

    return Baseline
