"""What is wrong with a program before it runs, by its tokens and syntax tree, never by matching error texts. Pure."""

import ast
import re
import warnings
from typing import Literal

from harness.execute.formatted import PAIRS, end_of_formatted

SourceState = Literal["ok", "unbalanced bracket", "syntax", "no code"]
_LEXEMES = re.compile(
    r"""
    \#[^\n]*  # a comment
    | (?P<quotes>\"{3}|'{3}) (?:\\.|(?!(?P=quotes)).)* (?:(?P=quotes)|\\?\Z)  # a string that may end with the text
    | (?<!\w)(?:[fF][rR]?|[rR][fF])(?P<formatted>\"{3}|'{3}|\"|')
    | "(?:\\.|[^"\\\n])*"  |  '(?:\\.|[^'\\\n])*'
    | (?P<bracket>[()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)


def brackets_balance(source: str) -> bool:
    """Whether every bracket outside strings and comments is closed by its own kind, in order.

    Read by a pattern of our own: Python's tokenizer goes on behind what it cannot read up to 3.11 and stops there since
    3.12, so that the same program would fail of another thing. A quote that nothing closes on its line opens no string.
    f-strings are those of 3.12, whatever Python runs this: inside their braces any quotes may stand again.
    """
    stack: list[str] = []
    at, formatted = 0, True
    while found := _LEXEMES.search(source, at):
        at, bracket = found.end(), found["bracket"]
        if found["formatted"]:
            end = end_of_formatted(source, at, found["formatted"]) if formatted else None
            # what is no f-string is read as plain strings, the rest too: so every character is read twice at most
            formatted, at = end is not None, at - len(found["formatted"]) if end is None else end
        if bracket is None:
            continue
        if bracket in PAIRS.values():
            stack.append(bracket)
        elif not stack or stack.pop() != PAIRS[bracket]:
            return False
    return not stack


def classify_source(source: str, entry_point: str) -> SourceState:
    """The first thing that is wrong with `source`, or "ok"."""
    if not source.strip():
        return "no code"
    if not brackets_balance(source):
        return "unbalanced bracket"
    tree = parsed(source)
    if tree is None:
        return "syntax"
    return "ok" if entry_point in defined_names(tree) else "no code"


def parsed(source: str) -> ast.Module | None:
    """The syntax tree of a program; None where the text is no program."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # under pytest's "error", a warning about the text would read as its fault
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def defined_names(tree: ast.Module) -> set[str]:
    """Names of a program's functions and of what it assigns or imports: `f = lambda x: x` is a function too."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name)
    return names
