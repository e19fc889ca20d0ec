"""What is foreseen as lines of text. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from harness.foresee.work import Work
from harness.sizes import size


@dataclass(frozen=True)
class Row:
    """One check."""

    name: str
    """Claim and parameters."""
    work: Work
    first: Work | None = None
    """By the end of the first look, where there are several."""
    first_items: int = 0
    items: int = 0
    """Per task, at most."""
    power: str = ""
    notes: tuple[str, ...] = ()
    bookkeeping: float = 0.0
    """Seconds that everything beside the model took when the check was walked through."""


COLUMNS = ("stored", "read", "write", "passes", "FLOPs", "time", "memory")
WIDTHS = (13, 8, 17, 8, 8, 15, 9)


def page(rows: Sequence[Row], total: Work, bookkeeping: float, said: str) -> list[str]:
    """The table, what each row can show, and the total."""
    wide = max([len(row.name) for row in rows] + [len("in all, what checks share once")])
    head = (
        f"{'':<{wide}} {'stored':>13} {'read':>8} {'write':>17} {'passes':>8} {'FLOPs':>8} {'time':>15} {'memory':>9}"
    )
    lines = [head, *(_line(row, wide) for row in rows)]
    lines.append("")
    lines.append(_cells("in all, what checks share once", wide, total, total.seconds + bookkeeping, None))
    lines.append("")
    lines += [f"{row.name}: {note}" for row in rows for note in (row.power, *row.notes) if note]
    lines.append("")
    lines += [
        "read: tokens run through the layers many at once; write: expected tokens (at most: the answers' limits);",
        f"time: {said}, and what the rest took just now; with looks: of the first - of all",
    ]
    return lines


def _line(row: Row, wide: int) -> str:
    first = None if row.first is None else row.first.seconds + row.bookkeeping
    return _cells(row.name, wide, row.work, row.work.seconds + row.bookkeeping, first)


def _cells(name: str, wide: int, work: Work, seconds: float, first: float | None) -> str:
    stored = f"{work.stored:,}/{work.asked:,}" if work.asked else "-"
    write = f"{short(work.written)} ({short(work.most)})" if work.most else "-"
    times = time_of(seconds) if first is None else f"{time_of(first)} - {time_of(seconds)}"
    read, passes, flops = (short(count) for count in (work.read + work.trained, work.layer_passes, work.flops))
    return _columns(name, wide, (stored, read, write, passes, flops, times, size(work.bytes)))


def _columns(name: str, wide: int, cells: Sequence[str]) -> str:
    return f"{name:<{wide}} " + " ".join(f"{cell:>{width}}" for cell, width in zip(cells, WIDTHS, strict=True))


def short(count: float) -> str:
    """A number as people read it: 12.3 k, 4.5 M, 1.2 T."""
    for letter, unit in (("P", 1e15), ("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if count >= unit:
            return f"{count / unit:.3g} {letter}"
    return f"{count:.0f}"


def time_of(seconds: float) -> str:
    """A time as people read it."""
    if seconds < 90:  # noqa: PLR2004
        return f"{seconds:.0f} s"
    if seconds < 5400:  # noqa: PLR2004
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h"
