"""What the paper reports, read from `baselines/paper/` (its README explains the trust marks).

A model's own figure is chosen where the model under test is one of the paper's, else the figure over its models.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.models.catalogue import recognised
from harness.report.record import PaperFigure

NONE = PaperFigure("no figure [unknown]", "none was named")
"""Of a claim that no paper's figures are known for, such as one of your own."""
OURS = PaperFigure("no claim of the paper [unknown]", "ours")
"""Of a claim that no paper makes, and this package's checks do."""


def paper_model(model_label: str) -> str | None:
    """The paper's name of a model, from a label; None for any other model."""
    found = recognised(model_label)
    return found.title if found else None


def paper_figure(claim_id: str, model_label: str = "") -> PaperFigure:
    """What the paper says about a claim, as the table shows it, with its trust mark.

    Args:
        claim_id: of `docs/claims.md`.
        model_label: `loaded.label` of the model under test.

    Raises:
        BadInput: no such claim.
    """
    known = figures(claim_id)
    texts = {row["model"]: row for row in known["table"]}
    row = texts.get(paper_model(model_label), texts[None])
    return PaperFigure(
        f"{row['text']} [{row['mark']}]",
        row["source"],
        row["mark"],
        stated_in=tuple(row.get("stated_in", ())),  # neighbouring papers have one version
        claim_in=tuple(known.get("stated_in", ())),
    )


@cache
def figures(claim_id: str) -> dict[str, Any]:
    """Everything known of a claim: `table`, `effects`, `values` and `arrays`, as the folder's README describes them.

    Raises:
        BadInput: no such claim.
    """
    path = _file(claim_id)
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in paper_folder().glob("*.json")))
        raise BadInput(f"claim {claim_id!r}: the paper's figures are known for {known}; add {path} for another claim")
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def has_figures(claim_id: str) -> bool:
    """Whether anything is known of a claim."""
    return _file(claim_id).is_file()


def _file(claim_id: str) -> Path:
    """Where what is known of a claim lies, or belongs."""
    places = (paper_folder() / f"{claim_id}.json", paper_folder().parent / "neighbours" / f"{claim_id}.json")
    return next((place for place in places if place.is_file()), places[0])


def paper_folder() -> Path:
    """The folder inside an installed package, or `baselines/paper` of a checkout.

    Raises:
        BadInput: neither exists.
    """
    package = Path(__file__).parent.parent
    for folder in (package / "bundled" / "paper", package.parent / "baselines" / "paper"):
        if folder.is_dir():
            return folder
    raise BadInput("the paper's figures are neither in the installed package nor in baselines/paper: reinstall it")
