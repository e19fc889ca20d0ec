"""The gate's answer for people: a table for a terminal of 80 columns, Markdown for the summary of a CI step. Pure."""

from textwrap import wrap

from harness import markdown
from harness.decide.digits import in_words
from harness.gate.decision import Decision, Row
from harness.gate.logged import Log

WIDTH = 80
HEAD = ("task", "n", "base", "new", "kept, 95 %", "lost", "gained", "verdict")
_WIDTHS = (6, 6, 6, 23, 5, 7, 10)  # of the columns behind the task's
_SHORT = {"not comparable": "differs"}
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", "|": "\\|", "\n": " ", "\r": " ", "`": "'", "[": "\\[",
                          "\\": "&#92;"})  # fmt: skip
_NAMES = WIDTH - sum(_WIDTHS)


def terminal(decision: Decision, base: Log, new: Log) -> str:
    """The answer in lines of at most 80 characters: what was compared, the table, notes, the verdict in a sentence."""
    lines = [*_headed(base, "base"), *_headed(new, "new "), ""]
    lines.append(_line(HEAD))
    for row in decision.rows:
        name, *figures = cells(row, decision.keeps)
        if len(name) >= _NAMES:  # a line of its own, whole
            lines, name = [*lines, *wrap(name, WIDTH)], ""
        lines.append(_line((name, *figures)))
        lines += wrap(row.why, WIDTH, initial_indent="  ", subsequent_indent="  ")
    lines.append("")
    for note in decision.notes:
        lines += wrap(f"note: {note}", WIDTH, subsequent_indent="  ")
    text = "\n".join([*lines, *wrap(f"{decision.verdict}: {decision.sentence}", WIDTH), ""])
    return "".join(sign if sign.isprintable() or sign == "\n" else "?" for sign in text)


def in_markdown(decision: Decision, base: Log, new: Log) -> str:
    """The same as Markdown, to be appended to the summary of a step."""
    rows = [[_escaped(cell) for cell in cells(row, decision.keeps)] for row in decision.rows]
    whys = [f"- {_escaped(row.name)}: {_escaped(row.why)}\n" for row in decision.rows if row.why]
    notes = [f"- {_escaped(note)}\n" for note in decision.notes]
    heading = (
        f"### {decision.verdict}: does {_escaped(new.model)} keep {decision.keeps:g} of {_escaped(base.model)}?\n\n"
    )
    sentence = f"{_escaped(decision.sentence[:1].upper() + decision.sentence[1:])}.\n\n"
    return f"{heading}{sentence}{markdown.table(HEAD, rows)}\n{''.join(whys + notes)}\n"


def _headed(log: Log, which: str) -> list[str]:
    return wrap(f"{which}  {log.model} ({log.tool}, {log.source})", WIDTH, subsequent_indent="      ")


def cells(row: Row, keeps: float) -> tuple[str, ...]:
    """A row's figures as they are shown, one a column of `HEAD`."""
    found = row.retention
    if not row.n:
        return (row.name, *["-"] * (len(HEAD) - 2), _SHORT.get(row.verdict, row.verdict))
    kept = in_words(found.estimate, found.low, found.high, keeps) if found else "-"
    means = (f"{row.base:.3f}", f"{row.new:.3f}")
    return (row.name, str(row.n), *means, kept, str(row.lost), str(row.gained), row.verdict)


def _line(cells: tuple[str, ...]) -> str:
    name, *others = cells
    return f"{name:<{_NAMES}}" + "".join(f"{cell:>{width}}" for cell, width in zip(others, _WIDTHS, strict=True))


def _escaped(text: str) -> str:
    """Text of strangers: names of models and tasks are nobody's Markdown or HTML."""
    return text.translate(_ESCAPES)
