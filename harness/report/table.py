"""The table at the end of a run."""

import io
from collections.abc import Sequence

from harness.report.record import ClaimRecord

WIDTH = 150  # characters; CI logs do not wrap at 80


def in_encoding(text: str, encoding: str | None) -> str:
    """A text as an encoding can show it: ASCII lines instead of drawn ones, `?` for the rest. Pure."""
    plain = encoding or "ascii"
    try:
        text.encode(plain)
    except UnicodeEncodeError:
        return text.replace("\u2500", "-").encode(plain, "replace").decode(plain)
    return text


def verdict_table(records: Sequence[ClaimRecord]) -> str:
    """One row per claim: model, parameters, the paper's figure, ours with its interval, verdict."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column, ratio in (("claim", 3), ("model", 2), ("method", 2), ("paper", 5), ("ours", 4), ("verdict", 2)):
        table.add_column(column, ratio=ratio, overflow="fold")
    for record in records:
        how = " ".join(str(record.params[name]) for name in ("method", "ratio") if name in record.params)
        table.add_row(
            record.claim, record.model, how or "every layer", record.paper.value, _ours(record), record.verdict
        )
    text = io.StringIO()
    # no markup: [repo] in a paper's figure is a trust mark, not a style
    Console(file=text, width=WIDTH, no_color=True, highlight=False, markup=False).print(table)
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
