"""A report folder as data frames, for notebooks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import BadInput
from harness.report.drawable import drawable, is_interval
from harness.report.items import read_items
from harness.report.names import record_name
from harness.report.verdicts import read_records
from harness.versions import require_extra

if TYPE_CHECKING:
    import pandas as pd

    from harness.report.record import ClaimRecord


@dataclass(frozen=True)
class Report:
    """What a run, or several into one folder, found; `name` is the same row in every frame."""

    claims: "pd.DataFrame"
    """One row a claim: verdict, effect with its interval, minimum, p-values, the paper's figure, cost."""
    scores: "pd.DataFrame"
    """One row a claim, task and role: items, guessing, the base's score, the variant's, what is kept with its ends."""
    items: "pd.DataFrame"
    """One row a claim, variant and item: score, label and answer."""
    layers: "pd.DataFrame"
    """One row a sweep, removed layer and group of tasks: retention with its interval."""

    def __repr__(self) -> str:
        """How many claims came to which verdict."""
        counts = self.claims["verdict"].value_counts()
        return f"Report({', '.join(f'{count} {verdict}' for verdict, count in counts.items())})"

    def _repr_html_(self) -> str:
        """The claims as a table, in a notebook."""
        shown = ["claim", "model", "method", "ratio", "estimate", "low", "high", "minimum", "verdict"]
        html: str = self.claims[shown].to_html(index=False, float_format="{:.3f}".format, na_rep="", escape=True)
        return html


def read(folder: str | Path) -> Report:
    """Read what checks wrote with `--report`.

    Args:
        folder: with its verdicts.json and items/.

    Raises:
        BadInput: it is no report folder of today's rules, an item file is damaged, or pandas is not installed.
    """
    require_extra("report", "data frames")
    import pandas as pd

    folder = Path(folder)
    _, records = read_records(folder)
    if not records:
        raise BadInput(f"{folder}: no claim was decided there; run checks with --report")
    items = pd.DataFrame([item for record in records for item in _items(folder, record)], columns=_ITEMS)
    items = items.astype({"score": float})
    return Report(
        pd.DataFrame([_claim(record) for record in records]),
        pd.DataFrame([row for record in records for row in _scores(record)], columns=_SCORES),
        items,
        pd.DataFrame([row for record in records for row in _layers(record)], columns=_LAYERS),
    )


_ITEMS = ["name", "variant", "task", "item_id", "prompt", "expected", "score", "label", "response", "finish", "tokens"]
_SCORES = [
    "name", "task", "group", "role", "decides", "n", "chance", "base", "variant", "kept", "low", "high", "left_out",
]  # fmt: skip
_LAYERS = ["name", "layer", "group", "estimate", "low", "high"]


def _claim(record: "ClaimRecord") -> dict[str, Any]:
    effect = record.effect
    figures = ("estimate", "low", "high", "confidence", "unit")
    return {
        "name": record_name(record),
        "claim": record.claim,
        "title": record.title,
        "model": record.model,
        "tier": record.tier,
        "method": record.params.get("method"),
        "ratio": record.params.get("ratio"),
        "removed": record.measurements.get("removed"),
        "verdict": record.verdict,
        **{name: getattr(effect, name) if effect else None for name in figures},
        "minimum": record.minimum,
        "p_value": record.p_value,
        "p_adjusted": record.p_adjusted,
        "n_items": record.n_items,
        "seeds": len(record.seeds),
        "paper": record.paper.value,
        "paper_number": record.paper.number,
        "seconds": record.cost.seconds,
        "generated_tokens": record.cost.generated_tokens,
        "reason": record.reason,
        "params": record.params,
    }


def _scores(record: "ClaimRecord") -> Iterator[dict[str, Any]]:
    for score in record.scores:
        kept = score.kept and {"kept": score.kept.estimate, "low": score.kept.low, "high": score.kept.high}
        yield {**vars(score), "name": record_name(record), **(kept or {"kept": None, "low": None, "high": None})}


def _items(folder: Path, record: "ClaimRecord") -> Iterator[dict[str, Any]]:
    name = record_name(record)
    for path in sorted((folder / "items" / name).glob("*.jsonl")):
        for item in read_items(path):
            yield {"name": name, "variant": path.stem} | {key: item.get(key) for key in _ITEMS[2:]}


def _layers(record: "ClaimRecord") -> Iterator[dict[str, Any]]:
    for row in drawable(record.measurements).get("layers", ()):
        for group, value in row.items():
            if is_interval(value):
                figures = {key: value[key] for key in _LAYERS[3:]}
                yield {"name": record_name(record), "layer": row["layer"], "group": group, **figures}
