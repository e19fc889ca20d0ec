"""The rows of a report for experiment trackers: a run per row, told to MLflow, trackio or Weights & Biases alike.

Each tracker writes where it is set up to (`MLFLOW_TRACKING_URI`, `TRACKIO_DIR`, `WANDB_MODE=offline`, ...).
"""

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.versions import how_to_get, require_extra

if TYPE_CHECKING:
    from harness.report.record import ClaimRecord


@dataclass(frozen=True)
class Run:
    """A row as trackers have runs."""

    name: str
    config: Mapping[str, str]
    """What was asked: claim, model, parameters."""
    said: Mapping[str, str]
    """What came out in words: verdict, why, unit."""
    metrics: Mapping[str, float]
    """Figures that are defined, `effect/low` or `gsm8k/kept`."""


def track(folder: Path, tracker: str, project: str) -> int:
    """Tell a tracker every row of a report.

    Args:
        folder: of the report.
        tracker: a name of `TRACKERS`.
        project: what the tracker groups runs by.

    Returns:
        How many runs it was told.

    Raises:
        BadInput: the report cannot be read, has no rows, or the tracker is not installed, or refuses.
    """
    if tracker not in TRACKERS:
        raise BadInput(f"--to {tracker}: expected one of {', '.join(TRACKERS)}")
    from harness.report.verdicts import read_records

    _, records = read_records(folder)
    if not records:
        raise BadInput(f"{folder}: no claim was decided there; run checks with --report")
    runs = [run_of(record) for record in records]
    try:
        for run in runs:
            TRACKERS[tracker](run, project)
    except BadInput:
        raise
    except ImportError as error:
        raise BadInput(f"runs in {tracker} cannot be written ({error}); run: {how_to_get(tracker)}") from error
    except Exception as error:
        raise BadInput(f"--to {tracker}: it refuses ({type(error).__name__}: {error}); see how it is set up") from error
    return len(runs)


def run_of(record: "ClaimRecord") -> Run:
    """A row as a run. Pure."""
    from harness.report.names import record_name

    told = {"claim": record.claim, "model": record.model, "fingerprint": record.model_fingerprint, "tier": record.tier}
    removed = record.measurements.get("removed")
    config = {**told, "dtype": record.dtype, **record.params, **({"removed": removed} if removed else {})}
    said = {"verdict": record.verdict, "reason": record.reason, "unit": record.effect.unit if record.effect else ""}
    figures = {name: value for name, value in _figures(record) if value is not None and math.isfinite(value)}
    return Run(record_name(record), {name: str(value) for name, value in config.items()}, said, figures)


def _figures(record: "ClaimRecord") -> Iterator[tuple[str, float | None]]:
    if record.effect:
        yield from ((f"effect/{name}", getattr(record.effect, name)) for name in ("estimate", "low", "high"))
    yield from (("minimum", record.minimum), ("p", record.p_value), ("p_adjusted", record.p_adjusted))
    yield from (("items", record.n_items), ("seconds", record.cost.seconds))
    for score in record.scores:
        task = f"{score.task}/{score.role}" if score.role else score.task
        yield from ((f"{task}/{name}", getattr(score, name)) for name in ("base", "variant", "chance"))
        if score.kept:
            kept = {"kept": score.kept.estimate, "kept_low": score.kept.low, "kept_high": score.kept.high}
            yield from ((f"{task}/{name}", value) for name, value in kept.items())


def _mlflow(run: Run, project: str) -> None:
    require_extra("mlflow", "runs in mlflow")
    import mlflow

    mlflow.set_experiment(project)
    with mlflow.start_run(run_name=run.name):
        mlflow.log_params(dict(run.config))
        mlflow.set_tags(dict(run.said))
        mlflow.log_metrics(dict(run.metrics))


def _trackio(run: Run, project: str) -> None:
    require_extra("trackio", "runs in trackio")
    import trackio

    trackio.init(project=project, name=run.name, config={**run.config, **run.said}, embed=False)
    trackio.log(dict(run.metrics))
    trackio.finish()


def _wandb(run: Run, project: str) -> None:
    require_extra("wandb", "runs in wandb")
    import wandb

    with wandb.init(project=project, name=run.name, config={**run.config, **run.said}) as told:
        told.log(dict(run.metrics))


TRACKERS: dict[str, Callable[[Run, str], Any]] = {"mlflow": _mlflow, "trackio": _trackio, "wandb": _wandb}
