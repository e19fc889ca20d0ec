"""A row against the baseline of its model: it fails where they differ; on request the row becomes the baseline."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.report.items import Results
    from harness.report.record import ClaimRecord


@dataclass(frozen=True)
class Held:
    """A baseline that a row may stand beside."""

    verdict: str
    """The baseline's."""
    how: str
    """`same`, `stored` (just now), or `borderline`: another verdict, and no failure."""
    warning: str = ""
    """What is to be said of a borderline one."""


def held_to_baseline(
    path: Path,
    record: "ClaimRecord",
    results: "Results",
    snapshot: Any,  # noqa: ANN401  # syrupy's fixture
    update: str | None,
    command: str,
    explanation: str,
) -> Held | None:
    """What the baseline says of a row; None where there is none. Fails the check where they differ.

    Args:
        path: of the baseline.
        record: the row.
        results: variant -> task -> result.
        snapshot: syrupy's fixture, which reads and writes.
        update: why the row becomes the baseline instead; None: it does not.
        command: what was run.
        explanation: of the row's verdict, said first where they differ.
    """
    from harness.report.baseline import (
        baseline_of,
        extension,
        item_ids,
        read_baseline,
        with_known_noise,
        with_provenance,
    )
    from harness.report.compare import borderline, differences

    old = read_baseline(path)
    if old is None and update is None:
        return None
    if old is not None and old["model_fingerprint"] != record.model_fingerprint:
        pytest.fail(
            f"{explanation}\n{path} is of another model called {record.model} (fingerprint "
            f"{old['model_fingerprint']}, now {record.model_fingerprint}), so it was neither compared nor written "
            f"over; call one of them otherwise (its folder's name), or, where this one takes its place, remove the "
            f'file and store it: {command} --update-baseline "REASON"',
            pytrace=False,
        )
    today = baseline_of(record, results, command)
    if update is not None:
        today = with_provenance(today, old, update)
    if snapshot.use_extension(extension(path, update=update is not None)) == today:
        if update is not None or old is None:
            return Held(record.verdict, "stored")
        warning = borderline(with_known_noise(old, path), today)
        return Held(old["verdict"], "borderline" if warning else "same", warning or "")
    if old is None or update is not None:
        pytest.fail(f"{path}: the baseline could not be written", pytrace=False)
    changes = "\n  ".join(differences(with_known_noise(old, path), today, item_ids(results)))
    pytest.fail(
        f"{explanation}\ndiffers from {path}:\n  {changes}\n"
        f'if that is meant, store it: {command} --update-baseline "REASON"',
        pytrace=False,
    )
