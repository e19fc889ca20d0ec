"""Parts of the pages that commands and checks write. Pure."""

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, each line ended."""
    return "".join(f"| {' | '.join(line)} |\n" for line in (head, ("---",) * len(head), *rows))


def quoted(text: str) -> str:
    """A text of one line in backticks, which it cannot end; control characters are written out and do nothing."""
    inside = text.replace("`", "'")
    return "`" + "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in inside) + "`"
