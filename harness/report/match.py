"""Whether a row repeats what the paper measured, and what it may be said to say about the paper's number.

Only a repetition is evidence about it: what comes of another model, method, ratio, data or protocol is a proxy.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from harness.models.catalogue import is_quantised
from harness.report.paper import NONE, OURS, figures, has_figures, paper_model
from harness.report.record import ClaimRecord, Effect, Match, PaperFigure

if TYPE_CHECKING:
    from harness.tiers import TierName


def held_against(
    claim_id: str, model_label: str, tier: "TierName", params: Mapping[str, Any]
) -> tuple[Match, float | None]:
    """Whether a run repeats what the paper measured, and the paper's number for the same quantity.

    It does on the gpu tier, on the paper's model by its name and not quantised, asked as the paper's own figure was
    (`as_there`), with no other option than `--limit`. Where our protocol leaves anything of the paper's that the figure
    depends on (`docs/protocol.md`), no figure says how, so whatever is measured is a proxy.

    Args:
        claim_id: of `docs/claims.md`.
        model_label: `loaded.label` of the model under test.
        tier: of the run.
        params: of the row.

    Returns:
        The match, and the number in the effect's unit, of the model or over the paper's models; None where it is not
        known, or the quantity is another one under these parameters (`under`).
    """
    rows = {row["model"]: row for row in figures(claim_id).get("effects", ())} if has_figures(claim_id) else {}
    row = rows.get(paper_model(model_label), rows.get(None))
    given = {name: value for name, value in params.items() if value is not None and name != "limit"}
    if row is None or any(given.get(name) != value for name, value in row["under"].items()):
        return "proxy", None
    repeated = tier == "gpu" and not is_quantised(model_label) and given == row["as_there"]
    return ("exact" if repeated else "proxy"), float(row["value"])


def inside(effect: Effect | None, figure: PaperFigure) -> bool | None:
    """Whether a paper's number lies in the interval of an effect; None where there is none of the two."""
    if effect is None or figure.number is None:
        return None
    return effect.low <= figure.number <= effect.high


def about_the_paper(record: ClaimRecord) -> str:
    """What a row says of the paper's number, in half a sentence: only one that repeats its measurement is evidence."""
    if not _stands_beside_a_figure(record):
        return "no figure of a paper stands beside it"
    if record.effect is None:
        return "nothing was measured that could be held against the paper's figure"
    number, where = record.paper.number, "inside" if record.paper_inside else "outside"
    if record.match == "proxy":
        also = f"; its {number:g} lies {where} the interval" if record.paper_inside is not None else ""
        return f"proxy: not the paper's model, method, ratio, data and protocol, so no evidence about its figure{also}"
    if record.paper_inside is None:
        return "exact: the paper's model, method, ratio, data and protocol; no number to compare"
    says = "agrees with" if record.paper_inside else "speaks against"
    return (
        f"exact: the paper's model, method, ratio, data and protocol; its {number:g} lies {where} the interval, which "
        f"{says} it"
    )


def proxy_lines(records: Sequence[ClaimRecord]) -> list[str]:
    """What rows say of the paper that do not repeat its measurement, in one sentence; nothing where all do."""
    beside = [record for record in records if record.effect is not None and _stands_beside_a_figure(record)]
    proxies = sum(record.match == "proxy" for record in beside)
    if not proxies:
        return []
    some = f"{proxies} of these {len(beside)} rows" if proxies < len(beside) else "these rows"
    who, does, says = ("this row", "does", "it says") if len(beside) == 1 else (some, "do", "they say")
    what = f"{who} {does} not repeat what the paper measured (its models, method, ratio, data and protocol)"
    return [f"{what} but a proxy of it: {says} whether the claim holds here, and nothing about the paper's figures"]


def _stands_beside_a_figure(record: ClaimRecord) -> bool:
    """Whether a paper says anything of the quantity."""
    return record.paper not in (NONE, OURS)
