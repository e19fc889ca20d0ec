"""`index.html` of a report folder: every claim with its evidence and its items, in one file that needs no network.

Everything is read from the folder (`verdicts.json`, `items/`), so that any run's page can be made again. What models
wrote is hostile: templates escape it, and the page's script puts it on the screen as text.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.files import write_whole
from harness.report import svg, template
from harness.report.browser import Item, chosen
from harness.report.items import read_items
from harness.report.match import about_the_paper
from harness.report.names import RUN_OPTIONS, record_name
from harness.report.page import capital, in_dtype
from harness.report.plots import plots_of
from harness.report.record import ClaimRecord
from harness.report.scores import HEAD, cells
from harness.report.verdicts import read_records

PAGE = "index.html"
MOST_VARIANTS = 4
"""Variants beside the unpruned model whose items are shown; of a sweep, the deciding layer."""


def write_site(folder: Path) -> Path:
    """Make `index.html` of a report folder.

    Raises:
        BadInput: it has no verdicts.json of today's rules, or cannot be written.
    """
    from jinja2 import TemplateError

    content, records = read_records(folder)
    try:
        low, high = svg.reach(content["claims"])
        rows = [
            row_of(record, folder) | {"forest": svg.forest(row, low, high)}
            for record, row in zip(records, content["claims"], strict=True)
        ]
        text = rendered(rows, content["environment"], (low, high))
    except BadInput:
        raise
    except (ArithmeticError, AttributeError, LookupError, TemplateError, TypeError, ValueError) as error:
        # the file is whatever lies there; a page that cannot be made must not take the run's last words with it
        raise BadInput(
            f"{folder}/verdicts.json: holds what the page cannot show ({type(error).__name__}: {error}); run the "
            f"checks again, or take away the rows that other versions or other tools wrote"
        ) from error
    try:
        return write_whole(folder / PAGE, text)
    except OSError as error:
        raise BadInput(f"--report {folder}: cannot be written ({error.strerror}); name another folder") from error


def rendered(rows: Sequence[Mapping[str, Any]], environment: Mapping[str, Any], reach: tuple[float, float]) -> str:
    """The page, from `row_of` of every claim. Pure but for the template."""
    counts = {
        verdict: sum(row["verdict"] == verdict for row in rows)
        for verdict in ("reproduced", "contradicted", "inconclusive", "not testable")
    }
    low, high = reach
    data = _as_script([row["items"] for row in rows])
    return template.rendered(
        "index.html.j2", rows=rows, environment=environment, counts=counts, data=data, head=HEAD, low=low, high=high
    )


def _as_script(value: object) -> str:
    """JSON that may stand in a script element: nothing in it ends the element or opens a comment."""
    from markupsafe import Markup

    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704  # escaped


def row_of(record: ClaimRecord, folder: Path) -> dict[str, Any]:
    """What the page says of one claim."""
    by_variant = {name: list(_items(path)) for name, path in _files(record, folder)}
    return {
        "claim": record.claim,
        "title": record.title,
        "model": record.model,
        "verdict": record.verdict,
        "reason": capital(record.reason),
        "how": _how(record),
        "options": {name: value for name, value in record.params.items() if name in RUN_OPTIONS and value},
        "paper": record.paper,
        "about": about_the_paper(record),
        "effect": record.effect,
        "shown": record.effect.in_words(record.minimum, sign="+") if record.effect else "",
        "minimum": record.minimum,
        "p_value": record.p_value,
        "p_adjusted": record.p_adjusted,
        "n": record.n_items,
        "seeds": record.seeds,
        "cost": record.cost,
        "removed": _removed(record.measurements.get("removed")),
        "left_out": {**record.tasks_left_out, **record.left_out},
        "conditions": {name: _condition(seen) for name, seen in (record.measurements.get("conditions") or {}).items()},
        "scores": [cells(score) for score in record.scores],
        "plots": plots_of(record),
        "looks": record.measurements.get("looks"),
        "isolation": record.isolation,
        "others": sum(record.others.values()),
        "fingerprint": f"{record.model_fingerprint}{in_dtype(record)}",
        "items": chosen(by_variant),
        "name": record_name(record),
    }


def _how(record: ClaimRecord) -> str:
    """What the check was parametrised with, in words."""
    own = {name: value for name, value in record.params.items() if name not in RUN_OPTIONS}
    said = [str(own.pop("method"))] if "method" in own else []
    if isinstance(own.get("ratio"), (int, float)):
        said.append(f"{100 * own.pop('ratio'):g} % of the layers")
    return ", ".join([*said, *(f"{name.replace('_', ' ')} {value}" for name, value in own.items())]) or "every layer"


def _condition(seen: Mapping[str, Any]) -> str:
    """What was measured, and where its whole interval has to lie; rows of earlier versions do not say that."""
    least = seen.get("least")
    if least is None:
        return svg.shown(seen)
    holds = "" if seen["low"] is not None and seen["low"] > least else ", and does not"
    return f"{svg.shown(seen, least)}; its whole interval has to lie above {least:g}{holds}"


def _removed(value: Any) -> str:  # noqa: ANN401  # a measurement is plain JSON
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {plan}" for name, plan in value.items())
    return str(value or "")


def _files(record: ClaimRecord, folder: Path) -> Iterator[tuple[str, Path]]:
    """The item files of a claim: the first variant, and those that decide."""
    found = {path.stem: path for path in sorted((folder / "items" / record_name(record)).glob("*.jsonl"))}
    first = next((name for name in ("base", "unpruned-voted") if name in found), None)
    deciding = f"without-{record.measurements.get('clearest_layer')}"
    others = [deciding] if deciding in found else [name for name in found if name != first][:MOST_VARIANTS]
    for name in ([first] if first else []) + others:
        yield name, found[name]


def _items(path: Path) -> Iterator[Item]:
    for item in read_items(path):
        yield item | {"score": item["score"] or 0.0}
