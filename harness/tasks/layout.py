"""What a file of items must look like, and rows held to it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.errors import BadInput

Row = Mapping[str, Any]
PAGE = "docs/data.md lists the columns of every file"
MOST_REPEATED = 0.01  # of a file's rows; MMLU as published has 27 of 14,042 twice


@dataclass(frozen=True)
class Column:
    """What a column holds."""

    kind: str
    """In words, after "expected"."""
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class Layout:
    """The columns of a file, and what makes two of its rows the same item."""

    columns: Mapping[str, Column]
    same: tuple[str, ...]
    """Rows that are equal in these columns are one item; none: rows may repeat, for they are not evaluated."""
    agrees: Callable[[Row], str | None] = lambda _: None
    """What is wrong between the columns of a row, after "column"; None where nothing is."""
    source: str = ""
    """The data set that has this layout."""


def check(rows: Iterable[tuple[str, Row]], layout: Layout, name: str) -> None:
    """Refuse rows, given with their places, that are not as the layout says.

    Raises:
        BadInput: there is none, one lacks a column or holds something else in it, or they repeat each other.
    """
    first: dict[str, str] = {}
    repeated: list[tuple[str, str]] = []
    count = 0
    for place, row in rows:
        count += 1
        _check_row(place, row, layout)
        if not layout.same:
            continue
        item = " ".join(repr([row[column] for column in layout.same]).split())
        if first.setdefault(item, place) != place:
            repeated.append((place, first[item]))
    if count == 0:
        raise BadInput(f"{name} has no rows; expected one JSON object per line, as {layout.source} has; {PAGE}")
    if len(repeated) > MOST_REPEATED * count:
        place, before = repeated[0]
        raise BadInput(
            f"{place}: the same {' and '.join(map(repr, layout.same))} as {before}; {len(repeated)} of {count} rows "
            f"repeat another, and copies would count as evidence; keep each item once"
        )


def _check_row(place: str, row: Row, layout: Layout) -> None:
    for name, column in layout.columns.items():
        if name not in row:
            there = ", ".join(map(repr, list(row)[:8])) or "no columns"
            raise BadInput(f"{place}: no column {name!r} (it has {there}); expected {column.kind}; {PAGE}")
        if not column.holds(row[name]):
            raise BadInput(f"{place}, column {name!r}: {_short(row[name])}; expected {column.kind}; {PAGE}")
    wrong = layout.agrees(row)
    if wrong:
        raise BadInput(f"{place}, column {wrong}; expected one of them; {PAGE}")


def _short(value: Any) -> str:  # noqa: ANN401
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004  # enough to find it by
