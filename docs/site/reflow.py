"""GitHub's Markdown, written so that Python-Markdown reads the same: blocks apart, lists in steps of four."""

import re

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

_MARKER = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+")
_CODE = re.compile(r"`[^`]+`")
_STEP = " " * 4


def reflow(markdown: str) -> str:
    """The same blocks, each apart from the next."""
    tree = SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(markdown))
    return "\n".join(_blocks(tree, markdown.splitlines(), 0)) + "\n"


def _blocks(parent: SyntaxTreeNode, lines: list[str], column: int) -> list[str]:
    """The lines of what a block contains, without the columns that stand before it."""
    written: list[str] = []
    for node in parent.children:
        first, end = node.map
        if node.type.endswith("_list"):
            block = [line for number, item in enumerate(node.children) for line in _item(node, number, item, lines)]
        else:
            block = [line[min(column, len(line) - len(line.lstrip())) :] for line in lines[first:end]]
            if node.type == "table":  # GitHub takes \| for | in code too
                block = [_CODE.sub(lambda code: code[0].replace(r"\|", "|"), line) for line in block]
        written += [*([""] if written else []), *block]
    return written


def _item(listed: SyntaxTreeNode, number: int, item: SyntaxTreeNode, lines: list[str]) -> list[str]:
    """An item of a list under the marker that it has or counts."""
    first, _ = item.map
    marker = _MARKER.match(lines[first])[0]
    within = [*lines[:first], " " * len(marker) + lines[first][len(marker) :], *lines[first + 1 :]]
    head, *rest = _blocks(item, within, len(marker)) or [""]
    ordered = listed.type == "ordered_list"
    begins = f"{int(listed.attrs.get('start', 1)) + number}." if ordered else "-"
    tight = all(child.hidden for child in item.children if child.type == "paragraph")
    return [
        f"{begins:<4}{head}", *(_STEP + line if line else "" for line in rest), *([] if tight else [""]),
    ]  # fmt: skip
