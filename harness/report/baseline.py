"""Baselines: what a check measured before, and whether today's figures are the same within the noise floor.

A baseline is a syrupy snapshot, one JSON file a claim and model in `baselines/<tier>/`. It stores counts per task,
a hash of the item ids, the model's fingerprint, versions and the command. Comparing is not digit by digit: float32
kernels of another machine flip a few borderline items, so a mean score may move by the stated noise floor.
"""

import json
from pathlib import Path
from typing import Any

from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

NOISE_FLOOR = 0.02  # of a mean score; measured flip rates between batch sizes are in docs/statistics.md
SAME = ("claim", "model_fingerprint", "params", "verdict", "items")  # must be equal, all of them


def differences(old: dict[str, Any], new: dict[str, Any], floor: float = NOISE_FLOOR) -> list[str]:
    """What changed between two baselines beyond the noise floor, one sentence each."""
    found = [f"{key}: was {old.get(key)!r}, is {new.get(key)!r}" for key in SAME if old.get(key) != new.get(key)]
    before, after = old.get("scores", {}), new.get("scores", {})
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            found.append(f"scores[{name}]: {'new' if name in after else 'gone'}")
            continue
        (a, n), (b, m) = before[name], after[name]
        if n != m or abs(a - b) > max(floor * n, 1.0):
            found.append(f"scores[{name}]: was {a} of {n}, is {b} of {m}, more than {max(floor * n, 1.0):.1f} apart")
    return found


def extension(path: Path) -> type[SingleFileSnapshotExtension]:
    """A syrupy extension that keeps its one snapshot at `path` and compares with `differences`."""

    class Baseline(SingleFileSnapshotExtension):  # type: ignore[misc]  # syrupy is not analysed; inheritance is its interface
        _write_mode = WriteMode.TEXT
        file_extension = "json"

        def serialize(self, data: Any, **_: Any) -> str:  # noqa: ANN401  # syrupy's interface
            return json.dumps(data, indent=1, sort_keys=True) + "\n"

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
            return not differences(json.loads(snapshot_data), json.loads(serialized_data))

    return Baseline
