"""The page of an answer that is no run of checks (`gate`, `compare`, `depth`): verdict first, then what it rests on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

VERDICTS = ("kept", "broken", "undecided", "not comparable", "reproduced", "contradicted", "inconclusive",
            "not testable")  # fmt: skip
"""Cells of a column `verdict` that have a colour."""
_LONGEST = 30  # characters of a cell that is a figure, an interval at most


@dataclass(frozen=True)
class Table:
    """Figures in rows."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]

    def numeric(self, column: int) -> bool:
        """Whether a column holds figures, as its first cell that is not empty does."""
        first = next((row[column] for row in self.rows if row[column]), "")
        return first[:1] in tuple("0123456789+-") and len(first) < _LONGEST

    def look(self, column: int, cell: str) -> str:
        """The class that a cell is shown in; "" for none."""
        if self.head[column] == "verdict" and cell in VERDICTS:
            return f"verdict {cell.replace(' ', '-')}"
        return "n" if self.numeric(column) else ""


@dataclass(frozen=True)
class Section:
    """One question with its answer."""

    title: str
    verdict: str
    """One of `VERDICTS`; "" where the sentences are the answer."""
    sentences: Sequence[str]
    tables: Sequence[Table] = ()
    plots: Sequence[tuple[str, str]] = ()
    """(what it shows, SVG); one that is "" is left out."""
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Answer:
    """Everything that a page says; texts of strangers may stand anywhere but in plots."""

    title: str
    sections: Sequence[Section]
    asked: Mapping[str, str] = field(default_factory=dict)
    """What a reader needs to ask the same again: name -> text."""


def answer_page(answer: Answer) -> str:
    """The page as HTML, one file that fetches nothing and runs no script."""
    from harness.report.environment import own_command
    from harness.report.template import rendered
    from harness.versions import versions

    text = rendered(
        "answer.html.j2",
        answer=Answer(answer.title, answer.sections, {**answer.asked, "Command": own_command()}),
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        version=versions().get("layer-pruning-checks", "of an unknown version"),
    )
    return text.encode("utf-8", "backslashreplace").decode("utf-8")  # names of strangers hold half characters
