"""The block of scores in words: the same figures in the terminal, on a claim's page and on the site. Pure."""

from collections.abc import Sequence

from harness.decide.digits import in_words
from harness.markdown import table
from harness.report.record import ClaimRecord, Score

HEAD = ("task", "group", "role", "n", "guessing", "base", "variant", "kept, 95 %")
"""What `cells` are."""
_ALIGNED = "<<<>>>><"
_SPARED = ("group", "guessing", "role")
"""Columns that a narrow window goes without, in this order."""


def cells(score: Score) -> tuple[str, ...]:
    """One task's figures as they are shown, one a column of `HEAD`; "" where there is none."""
    kept = score.kept
    return (
        score.task,
        score.group,
        score.role if score.decides else f"({score.role})" if score.role else "",
        str(score.n),
        f"{score.chance:.3f}" if score.chance else "",
        f"{score.base:.3f}",
        "" if score.variant is None else f"{score.variant:.3f}",
        in_words(kept.estimate, kept.low, kept.high) if kept else "left out" if score.left_out else "",
    )


def score_lines(record: ClaimRecord, width: int | None = None) -> list[str]:
    """The block of one row for a terminal, a line per task; nothing of a row without scores.

    Args:
        record: the row.
        width: of the window; columns that the page has too are left out of a narrow one.
    """
    rows = [HEAD, *map(cells, record.scores)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(HEAD))]
    wanted = [place for place in range(len(HEAD)) if any(row[place] for row in rows[1:])]
    for spared in _SPARED:
        if width is not None and sum(widths[place] + 2 for place in wanted) > width:
            wanted = [place for place in wanted if HEAD[place] != spared]
    return [_line(row, widths, wanted) for row in rows] if record.scores else []


def _line(row: Sequence[str], widths: Sequence[int], wanted: Sequence[int]) -> str:
    return "  " + "  ".join(f"{row[place]:{_ALIGNED[place]}{widths[place]}}" for place in wanted).rstrip()


def in_markdown(record: ClaimRecord) -> str:
    """The block of one row as a table; "" of a row without scores."""
    return table(HEAD, map(cells, record.scores)) if record.scores else ""
