"""The table at the end of a run."""

import io
from collections.abc import Sequence
from textwrap import wrap

from harness.report.record import ClaimRecord

WIDTH = 150  # characters; CI logs do not wrap at 80
NARROW = 110  # of a window: below, a claim and how it was asked share a column, and the paper's figure is on the page
COLOURS = {"reproduced": "green", "contradicted": "red", "inconclusive": "yellow", "not testable": "cyan"}


def in_encoding(text: str, encoding: str | None) -> str:
    """A text as an encoding can show it: ASCII lines instead of drawn ones, `?` for the rest. Pure."""
    plain = encoding or "ascii"
    try:
        text.encode(plain)
    except UnicodeEncodeError:
        return text.replace("\u2500", "-").encode(plain, "replace").decode(plain)
    return text


def fitted(line: str, width: int) -> list[str]:
    """A line of a window so wide, with what hangs over below it."""
    return wrap(line, width, subsequent_indent="  ") or [""]


def verdict_table(records: Sequence[ClaimRecord], width: int = WIDTH, *, coloured: bool = False) -> str:
    """One row per claim: model, parameters, the paper's figure, ours with its interval, verdict.

    Args:
        records: decided claims.
        width: of the window; a narrow one has the paper's figures no place.
        coloured: whether verdicts have their colour, in a terminal's codes.
    """
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    narrow = width < NARROW
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="")
    columns = {"claim": 1, "ours": 1} if narrow else {"claim": 3, "model": 2, "method": 2, "paper": 5, "ours": 4}
    for column, ratio in columns.items():
        table.add_column(column, ratio=ratio, overflow="fold")
    table.add_column("verdict", **({"no_wrap": True} if narrow else {"ratio": 2, "overflow": "fold"}))
    for record in records:
        how = " ".join(str(record.params[name]) for name in ("method", "ratio") if name in record.params)
        how = how or "every layer"
        first = (f"{record.claim} ({record.model}, {how})",) if narrow else (record.claim, record.model, how)
        paper = () if narrow else (record.paper.value,)
        table.add_row(*first, *paper, _ours(record), Text(record.verdict, COLOURS[record.verdict] if coloured else ""))
    text = io.StringIO()
    colours = {"force_terminal": True, "color_system": "standard"} if coloured else {"no_color": True}
    # no markup: [repo] in a paper's figure is a trust mark, not a style
    Console(file=text, width=min(width, WIDTH), highlight=False, markup=False, **colours).print(table)
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()).strip("\n")


def _ours(record: ClaimRecord) -> str:
    """What was measured, of how many items, and without which tasks."""
    effect = record.effect
    if effect is None:
        return "not measured"
    measured = f"{effect.name}: {effect.in_words(record.minimum, sign='+')}, n={record.n_items}"
    without = f"; without {', '.join(record.tasks_left_out)}" if record.tasks_left_out else ""
    if record.match == "exact" and record.paper_inside is not None:
        where = "inside" if record.paper_inside else "outside"
        without += f"; exact match, the paper's {record.paper.number:g} lies {where}"
    return measured + without + "".join(f"; left out: {task}, {why}" for task, why in record.left_out.items())
