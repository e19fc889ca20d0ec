"""The plots of a claim on the page: what was measured, what decides it, and the paper's own figures. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.decide.registry import LOST
from harness.report import svg
from harness.report.drawable import FIGURES, drawable, is_interval
from harness.report.paper import figures, has_figures, paper_model
from harness.report.record import ClaimRecord

THEIRS: Mapping[str, Mapping[str, str]] = {
    "classification-vs-generative-gap": {
        "classification": "classification retention",
        "generation": "generative retention",
    },
    "recovery-ceiling": {
        "classification": "classification retention, 25 % removed, recovered",
        "generation": "generative retention, 25 % removed, recovered",
    },
    "self-generated-beats-external": {
        "own": "generative retention, 25 % removed, recovered on self-generated answers",
        "external": "generative retention, 25 % removed, recovered on the external corpus",
    },
    "low-ratios-are-viable": {"generation": "generative retention, 10 % removed"},
}
"""Claim -> what of ours stands beside what of the paper's, by the beginning of its name."""
SWEPT: Mapping[str, tuple[str, ...]] = {
    "single-layer-sensitivity": ("GSM8K retention", "HumanEval+ retention", "XSUM ROUGE-L retention"),
    "arithmetic-per-layer": ("first digit without one layer",),
}
"""Claim -> the paper's figures over layers that are of a kind with ours."""
KEPT = ("low-ratios-are-viable", "low-ratios-without-recovery")
"""Claims whose effect is a retention by itself."""
_UNPRUNED = "first digit, unpruned, per-layer probe"
_LAYER = "removed layer (0-based)"


@dataclass(frozen=True)
class Plot:
    """A drawing."""

    title: str
    svg: str
    caption: str = ""
    only: bool = True
    """Whether it has one series, in the colour of estimates."""


def plots_of(record: ClaimRecord) -> list[Plot]:
    """Everything that can be drawn of a row."""
    found = [*_measured(record), *_beside_theirs(record), *_their_layers(record)]
    return [plot for plot in found if plot.svg]


def _measured(record: ClaimRecord) -> Iterator[Plot]:
    """What was measured per task, per layer, or along a curve."""
    measured = drawable(record.measurements, undefined=True)
    if retention := measured.get("retention"):
        yield Plot("Retention by task", svg.dots(retention, "retention, 95 % interval (1: the unpruned model)"))
    if layers := measured.get("layers"):
        series = {
            name: [{"x": row["layer"], **row[name]} for row in layers if is_interval(row.get(name))]
            for name in ("reasoning", "robust")
        }
        yield Plot("Without each layer alone", svg.lines(series, _LAYER, "retention"), only=False)
    if effects := measured.get("effects"):
        points = [{"x": row["layer"], **{name: row[name] for name in FIGURES}} for row in effects]
        raced = "race" in record.measurements
        title = "The effect without the layer that a race chose" if raced else "The effect without each layer"
        over = "is that of one layer, on items that did not choose it" if raced else "holds for all layers together"
        said = f"An interval {over}; dashed: the smallest effect that counts."
        unit = record.effect.unit if record.effect else "effect"
        yield Plot(title, svg.lines({"effect": points}, _LAYER, unit, record.minimum), said)
    if curve := measured.get("curve"):
        least = _least(record, curve["y"])
        said = "" if least is None else "Dashed: what decides the claim."
        yield Plot("Curve", svg.lines({curve["y"]: curve["points"]}, curve["x"], curve["y"], least), said)


def _least(record: ClaimRecord, quantity: str) -> float | None:
    """The retention that the claim is about, where a curve is of it."""
    if record.effect is None or not quantity.endswith("retention"):
        return None
    if record.claim in KEPT:
        return record.minimum
    return 1 - record.minimum if record.effect.unit == LOST else None


def _beside_theirs(record: ClaimRecord) -> Iterator[Plot]:
    """Our retentions with those that the paper reports, of the model under test or, of any other, of all its models."""
    theirs = {name: list(_reported(record, quantity)) for name, quantity in THEIRS.get(record.claim, {}).items()}
    ours = {name: value for name in theirs if is_interval(value := _ours(record, name))}
    if not ours or not any(theirs.values()):
        return
    said = "; ".join(
        f"{name}: {row['value']:g} {row['model']}, {row['mark']}" for name, rows in theirs.items() for row in rows
    )
    least = record.minimum if record.claim in KEPT else None
    marks = {name: [row["value"] for row in rows] for name, rows in theirs.items()}
    yield Plot(
        "Beside the paper's own values",
        svg.dots(ours, "retention (1: the unpruned model)", least, marks),
        f"Diamonds: the paper's, shares of the unpruned score ({said}). Ours are net of guessing."
        + ("" if least is None else " Dashed: the smallest retention that counts."),
    )


def _ours(record: ClaimRecord, name: str) -> Any:  # noqa: ANN401  # a measurement is plain JSON
    """What of ours stands beside a figure of the paper's."""
    groups = {"classification": "classification_retention", "generation": "generative_retention"}
    if record.claim in KEPT:
        return vars(record.effect) if record.effect else None
    if name in groups:
        return record.measurements.get(groups[name])
    retention = record.measurements.get("retention")
    return retention.get(name) if isinstance(retention, Mapping) else None


def _reported(record: ClaimRecord, quantity: str) -> Iterator[Mapping[str, Any]]:
    named = [row for row in _figures(record, "values") if row["quantity"].startswith(quantity)]
    known = [row for row in named if row["value"] is not None]
    own = [row for row in known if row["model"] == paper_model(record.model)]
    yield from own or known


def _their_layers(record: ClaimRecord) -> Iterator[Plot]:
    """The paper's figures over layers, a plot a model; of the model under test alone, where it is one of theirs."""
    wanted = SWEPT.get(record.claim, ())
    arrays = [row for row in _figures(record, "arrays") if row["quantity"] in wanted]
    models = [str(model) for model in dict.fromkeys(row["model"] for row in arrays)]
    own = [model for model in models if model == paper_model(record.model)]
    for model in own or models:
        rows = [row for row in arrays if row["model"] == model]
        whole = _unpruned(record, model)
        marks = {
            row["quantity"]: [(at, value / whole) for at, value in enumerate(row["values"]) if value is not None]
            for row in rows
        }
        least = 1 - record.minimum if record.claim == "arithmetic-per-layer" else None
        yield Plot(
            f"The paper's own: {model}",
            svg.lines({name: [] for name in marks}, _LAYER, "share kept", least, marks),
            f"{rows[0]['mark'].capitalize()}: {rows[0]['source']}; without intervals there.",
            only=len(rows) == 1,
        )


def _unpruned(record: ClaimRecord, model: str) -> float:
    """What a figure of scores is divided by; retentions are shares already."""
    wanted = [row for row in _figures(record, "values") if (row["quantity"], row["model"]) == (_UNPRUNED, model)]
    return float(wanted[0]["value"]) if wanted else 1.0


def _figures(record: ClaimRecord, kind: str) -> Sequence[Mapping[str, Any]]:
    return figures(record.claim).get(kind, ()) if has_figures(record.claim) else ()
