"""What checks found on models of several sizes, read from their reports."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from harness.decide.design import VerdictName
from harness.decide.designs import design_of
from harness.errors import BadInput
from harness.report.names import DRY
from harness.report.record import ClaimRecord
from harness.report.verdicts import LACKING, SCHEMA, of_today, record_from_json

CLAIMS = (
    "classification-vs-generative-gap",
    "arithmetic-drop",
    "single-layer-sensitivity",
    "recovery-ceiling",
)
"""What is followed along the ladder, where a report has it."""


@dataclass(frozen=True)
class Step:
    """A claim on one rung."""

    model: str
    parameters: int
    record: ClaimRecord

    @property
    def effect(self) -> tuple[float, float, float] | None:
        """Estimate and ends; None where the base left nothing to measure, or a condition failed."""
        found = self.record.effect
        if found is None or self.record.verdict == "not testable":
            return None
        return found.estimate, found.low, found.high

    @property
    def error(self) -> float:
        """Standard error of the effect, as its interval says; one of a sweep covers more, for the layers looked at."""
        from scipy.stats import norm

        found = self.record.effect
        assert found is not None
        return float((found.high - found.low) / (2 * norm.ppf((1 + found.confidence) / 2)))


def read_steps(folders: Sequence[Path]) -> list[Step]:
    """The followed claims of the reports of several runs.

    Raises:
        BadInput: a folder holds no report, one of other rules, or no claim of CLAIMS; or rows do not tell the size of
            their model.
    """
    steps = [step for folder in folders for step in _of_folder(folder)]
    prints: dict[str, str] = {}
    sizes: dict[str, set[int]] = {}
    for step in steps:
        sizes.setdefault(step.model, set()).add(step.parameters)
        if (other := prints.setdefault(step.record.model_fingerprint, step.model)) != step.model:
            raise BadInput(
                f"--report: {other} and {step.model} are one model (fingerprint {step.record.model_fingerprint}); "
                f"expected another on every rung: name each report once"
            )
    for model, found in sizes.items():
        if len(found) > 1:
            raise BadInput(
                f"--report: {model} has {' and '.join(map(str, sorted(found)))} parameters in different rows; "
                f"expected models of different sizes to have different names: rename the folder of one, and run its "
                f"checks again"
            )
    return steps


def _of_folder(folder: Path) -> list[Step]:
    path = folder / "verdicts.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        schema = content["schema"]
        rows = of_today(content)["claims"] if schema in (SCHEMA, *LACKING) else []
    except OSError as error:
        raise BadInput(
            f"--report {folder}: holds no verdicts.json ({error.strerror}); name a folder that `pytest checks/ --model "
            f"DIR --report FOLDER` wrote"
        ) from error
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        raise BadInput(f"--report {folder}: verdicts.json cannot be read; run its checks again") from error
    if schema not in (SCHEMA, *LACKING):
        raise BadInput(f"--report {folder}: is of other rules (schema {schema}, here {SCHEMA}); run its checks again")
    try:
        records = [_sound(record_from_json(row)) for row in rows if row["claim"] in CLAIMS]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, BadInput):
            raise BadInput(f"--report {folder}: {error}") from error
        raise BadInput(
            f"--report {folder}: a row of verdicts.json cannot be read ({type(error).__name__}: {error}); run its "
            f"checks again"
        ) from error
    if not records:
        raise BadInput(f"--report {folder}: has none of the ladder's claims; expected one of {', '.join(CLAIMS)}")
    known = {record.model: size for record in records if (size := _parameters(record)) is not None}
    for record in records:
        if record.model not in known:
            raise BadInput(
                f"--report {folder}: no row of {record.model} says how many parameters it has; run its checks again"
            )
    return [Step(record.model, known[record.model], record) for record in records]


def _sound(record: ClaimRecord) -> ClaimRecord:
    """The record, where it can be a rung.

    Raises:
        BadInput: it is of a dry run or of other rules, or a field of it holds what no run writes.
    """
    who, design = f"the row of {record.claim} on {record.model!r}", design_of(record.claim)
    if record.reason == DRY:
        raise BadInput(f"{who} is of a dry run, which decides nothing; name the report of a run on a real model")
    kinds = {"model": str, "model_fingerprint": str, "tier": str, "params": Mapping, "measurements": Mapping}
    for name, kind in kinds.items():
        value = getattr(record, name)
        if not isinstance(value, kind) or value == "":
            raise BadInput(f"{who} has {name} {value!r}, which no run writes; run its checks again")
    if record.verdict not in get_args(VerdictName):
        raise BadInput(f"{who} has the verdict {record.verdict!r}, expected one of {', '.join(get_args(VerdictName))}")
    if record.minimum != design.minimum:
        raise BadInput(
            f"{who} was decided with the minimum {record.minimum!r}, and the claim's is {design.minimum:g}; run its "
            f"checks again"
        )
    found = record.effect
    if found is not None and record.verdict != "not testable":
        ends = (found.low, found.estimate, found.high)
        if not all(map(math.isfinite, ends)) or list(ends) != sorted(ends) or not 0 < found.confidence < 1:
            raise BadInput(f"{who} has the effect {found.estimate} [{found.low}, {found.high}]; run its checks again")
    return record


def _parameters(record: ClaimRecord) -> int | None:
    """Of the unpruned model, as the row's costs tell."""
    found: Any = record.measurements
    for name in ("cost_of_variants", "base", "parameters"):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None
