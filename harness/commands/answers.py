"""What `gate`, `compare` and `depth` found, as a page (`report.answer`): what they print, and a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from harness.decide.digits import in_words
from harness.gate.page import HEAD, cells
from harness.report.answer import Answer, Section, Table
from harness.report.svg import dots, lines
from harness.sizes import size

if TYPE_CHECKING:
    from harness.gate.decision import Decision
    from harness.gate.logged import Log
    from harness.score.cost import ModelCost
    from harness.subject.cuts import Depth
    from harness.subject.pair import Said

_MILLION = 1e6


def of_gate(decision: "Decision", base: "Log", new: "Log") -> Answer:
    """The gate's page."""
    asked = {which: f"{log.model} ({log.tool}, {log.source})" for which, log in (("Base", base), ("New", new))}
    title = f"Does {new.model} keep {decision.keeps:g} of {base.model}?"
    return Answer(title, [_decided(new.model, decision)], asked)


def of_compare(parent: str, keeps: float, sections: Sequence[Section], asked: Mapping[str, str]) -> Answer:
    """The page of several checkpoints against their parent; the answers first, where there are several."""
    first = [Section("In short", "", [f"{one.title}: {one.verdict}" for one in sections])] if len(sections) > 1 else []
    return Answer(
        f"What is kept of {parent}?", [*first, *sections], {"Parent": parent, "To be kept": f"{keeps:g}", **asked}
    )


def of_checkpoint(
    label: str,
    differs: Sequence[str],
    decision: "Decision",
    said: Sequence["Said"],
    costs: Mapping[str, "ModelCost"],
    disk: tuple[int, int],
) -> Section:
    """One checkpoint against its parent; `disk` are the bytes of their files, 0 where they are not here."""
    from harness.report.scores import HEAD as SCORED
    from harness.report.scores import cells as scored

    claims = [
        (one.verdict, one.title, one.effect.in_words(one.minimum, sign="+") if one.effect else "", f"{one.minimum:g}",
         one.reason)
        for one in said
    ]  # fmt: skip
    rest = [(one.claim, *scored(score)) for one in said for score in one.scores]
    return _decided(
        label,
        decision,
        differs,
        [
            Table("Claims that need no choice of layers", ("verdict", "claim", "effect", "minimum", "why"), claims),
            Table("What these claims rest on", ("claim", *SCORED), rest),
            Table("What was gained", ("", "parent", "checkpoint", "share"), _gained(costs, disk)),
        ],
    )


def of_depth(
    model: str,
    keeps: float,
    rows: Sequence["Depth"],
    answers: Sequence[str],
    whole: "ModelCost",
    asked: Mapping[str, str],
) -> Answer:
    """The page of a model that was cut deeper and deeper."""
    groups = list(dict.fromkeys(name for row in rows for name in row.cuts))
    series = {
        name: [{"x": row.layers, **asdict(row.cuts[name].retention)} for row in rows if name in row.cuts]
        for name in groups
    }
    table = [
        (str(row.layers), f"{size(row.cost.bytes)} ({row.cost.bytes / whole.bytes:.2f})",
         *(_cut(row, name, keeps) for name in groups), row.plan.describe())
        for row in rows
    ]  # fmt: skip
    section = Section(
        f"At least {keeps:g} of its scores",
        "",
        answers,
        [Table("Every cut", ("layers gone", "in memory", *groups, "without"), table)],
        [("What is kept", lines(series, "layers gone", "retention", keeps))],
        [f"Layers count from 0; of a group that broke, deeper cuts were not asked. Dashed: {keeps:g}, as wanted."],
    )
    return Answer(f"How many layers may go from {model}?", [section], {"Model": model, **asked})


def _cut(row: "Depth", name: str, keeps: float) -> str:
    cut = row.cuts.get(name)
    if cut is None:
        return "broken before"
    found = cut.retention
    return f"{in_words(found.estimate, found.low, found.high, keeps)} {cut.outcome}"


def _decided(title: str, decision: "Decision", sentences: Sequence[str] = (), tables: Sequence[Table] = ()) -> Section:
    """A gate's decision: the sentence, what else is to be said, its rows, and what each keeps."""
    known = {row.name: asdict(row.retention) for row in decision.rows if row.retention is not None}
    kept = dots(known, "what is kept, 95 % interval (1: the base)", decision.keeps) if known else ""
    whys = [f"{row.name}: {row.why}" for row in decision.rows if row.why]
    return Section(
        title,
        decision.verdict,
        [f"{decision.sentence[:1].upper()}{decision.sentence[1:]}.", *sentences],
        [Table("Scores", HEAD, [cells(row, decision.keeps) for row in decision.rows]), *tables],
        [(f"Retention by task; dashed: the {decision.keeps:g} that is wanted", kept)],
        [*whys, *decision.notes],
    )


def _gained(costs: Mapping[str, "ModelCost"], disk: tuple[int, int]) -> list[tuple[str, ...]]:
    before, after = costs["parent"], costs["pruned"]
    rows: list[tuple[str, float | None, float | None]] = [
        ("parameters, M", before.parameters / _MILLION, after.parameters / _MILLION),
        ("in memory, MB", before.bytes / _MILLION, after.bytes / _MILLION),
        ("on disk, MB", disk[0] / _MILLION, disk[1] / _MILLION),
        ("reading, tokens/s", before.prefill, after.prefill),
        ("writing, tokens/s", before.decode, after.decode),
    ]
    return [(name, f"{one:,.4g}", f"{other:,.4g}", f"{other / one:.2f}") for name, one, other in rows if one and other]
