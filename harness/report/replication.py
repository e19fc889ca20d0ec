"""The replication report: of every claim the sentence, the paper's figure, and what the stored baselines say. Pure.

`python -m harness.report.replication` in a checkout writes `docs/replication.md` from `baselines/` again.
"""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from harness.decide.design import Design
from harness.decide.designs import DESIGNS
from harness.files import write_whole
from harness.markdown import quoted, table
from harness.report.baseline import read_baseline
from harness.report.match import held_against, inside
from harness.report.paper import figures, has_figures, paper_figure
from harness.report.record import Effect, PaperFigure
from harness.tiers import TIERS, TierName

PAGE = Path("docs") / "replication.md"
TITLES = {
    "paper": "The paper's claims",
    "ours": "Claims of ours beside them",
    "neighbours": "Claims of neighbouring papers",
}
"""Family of claims -> heading."""
OPENING = """# Replication report

Every claim, where it is from, and every row that is stored of it in `baselines/`: written by
`python -m harness.report.replication`, and a test holds it to what that would write today. How to read verdicts:
[results.md](results.md); what decides a claim: [claims.md](claims.md), [neighbours.md](neighbours.md).

- *Theirs*: the paper's number for the same quantity, where it gives one, and whether it lies in our interval. Beside a
  `proxy` that is no evidence about their number: another model, method, ratio, data or protocol was measured.
  `exact` would be.
- *Minimum*: the smallest effect that counts as the claim being true.
- *Before*: what a row said under earlier rules, models or items, the latest first.
"""
HEAD = ("row", "model", "asked", "ours", "minimum", "theirs", "match", "verdict", "measured")


def page(baselines: Path) -> str:
    """The report.

    Args:
        baselines: the folder with one of baselines per tier.

    Raises:
        BadInput: a file there is no baseline.
    """
    stored = dict[str, list[tuple[TierName, Path, dict[str, Any]]]]()
    for tier in TIERS:
        for path in sorted((baselines / tier).glob("*--*.json")):
            if (found := read_baseline(path)) is not None:
                stored.setdefault(found["claim"], []).append((tier, path.relative_to(baselines), found))
    parts = [OPENING]
    for family, title in TITLES.items():
        parts.append(f"\n## {title}\n")
        claims = sorted(claim for claim, design in DESIGNS.items() if design.family == family)
        parts += [_of(DESIGNS[claim], stored.get(claim, [])) for claim in claims]
    return "".join(parts)


def _of(design: Design, rows: Sequence[tuple[TierName, Path, dict[str, Any]]]) -> str:
    lines = [f"\n### {design.claim}\n\n{design.title}.\n\n", *_source(design.claim)]
    if not rows:
        return "".join([*lines, "\nNo row is stored of it: it was decided on none of the models that lie here.\n"])
    cells = [(str(number), *_cells(design, *row)) for number, row in enumerate(rows, start=1)]
    return "".join([*lines, "\n", table(HEAD, cells), "\n", *_said([found for _, _, found in rows])])


def _source(claim: str) -> Iterator[str]:
    """Where the claim is from, and what is reported there."""
    if not has_figures(claim):
        yield "No paper says it; it is asked beside the paper's.\n"
        return
    known, figure = figures(claim), paper_figure(claim)
    versions = ", ".join(figure.claim_in)
    where = f"{known['paper']}{f'; claimed in {versions}' if versions else ''}"
    yield f"{where}. Reported: {figure.value}, {figure.source}.\n"


def _cells(design: Design, tier: TierName, path: Path, found: Mapping[str, Any]) -> tuple[str, ...]:
    model = path.stem.removeprefix(f"{design.claim}--").split("--")[0]
    asked = [f"{name} {value}" for name, value in found["params"].items() if value is not None and name != "protocol"]
    effect = effect_of(design, found)
    match, number = held_against(design.claim, model, tier, found["params"])
    lies = inside(effect, PaperFigure("", "", number=number))
    where = {None: "", True: ", inside", False: ", outside"}[lies]
    minimum = float(found.get("minimum", design.minimum))
    ours = "not measured" if effect is None else effect.in_words(minimum, sign="+")
    return (
        model, ", ".join(asked) or "all items", ours, f"{minimum:g}", "-" if number is None else f"{number:g}{where}",
        match, found["verdict"], f"[{found.get('date', 'unknown')}](../baselines/{path.as_posix()})",
    )  # fmt: skip


def effect_of(design: Design, found: Mapping[str, Any]) -> Effect | None:
    """The effect of a baseline; None where nothing but the base was asked. Pure."""
    kept = found.get("effect")
    if kept is None:
        return None
    return Effect(design.title, kept["estimate"], kept["low"], kept["high"], 0.95, design.unit)


def _said(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Why each row says so, what it said before, and how they are had again."""
    commands = dict[str, list[str]]()
    for number, found in enumerate(rows, start=1):
        if because := found.get("because"):
            yield f"- {number}: {because}\n"
        for before in reversed(found.get("history", [])):
            effect = cast("Mapping[str, float] | None", before.get("effect"))
            figure = f" {effect['estimate']:+.3f} [{effect['low']:+.3f}, {effect['high']:+.3f}]" if effect else ""
            why = f" ({before['reason']})" if before.get("reason") else ""
            yield f"- {number}, before, {before.get('date') or 'undated'}: {before.get('verdict')}{figure}{why}\n"
        commands.setdefault(_plainly(found.get("command", "")), []).append(str(number))
    for command, numbers in commands.items():
        if command:
            yield f"- {', '.join(numbers)} again: {quoted(command)}\n"


def _plainly(command: str) -> str:
    """A command without where it kept and reported things, which is anybody's own choice."""
    words, left = shlex.split(command), list[str]()
    while words:
        word = words.pop(0)
        if word in ("--store", "--report", "--update-baseline", "-p"):
            words[:1] = []
        elif not word.startswith(("--store=", "--report=", "--update-baseline=")) and word != "-q":
            left.append(word)
    return shlex.join(left)


if __name__ == "__main__":
    write_whole(PAGE, page(Path("baselines")))
