"""Where an f-string ends, as Python 3.12 and later read it: `f"{names["a"]}"` is one. Pure, in one pass.

Python's own tokenizer reads it so only from 3.12 on, and what is judged must not depend on the Python that judges.
"""

import re

PAIRS = {")": "(", "]": "[", "}": "{"}
_QUOTES = ('"""', "'''", '"', "'")
_FIELD, _SPEC = "field", "spec"  # inside the braces of an f-string; behind the colon there
_DEEPEST = 50
_INSIDE = re.compile(
    r"""
    \#[^\n]*  # a comment
    | (?<!\w)(?:[fF][rR]?|[rR][fF])(?P<formatted>\"{3}|'{3}|\"|')
    | (?P<quotes>\"{3}|'{3}) (?:\\.|(?!(?P=quotes)).)* (?P=quotes)
    | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    | (?P<mark>[()\[\]{}:"'])
    """,
    re.VERBOSE | re.DOTALL,
)
_TEXT = re.compile(
    r"""\\N\{[^{}\n]*\} | \\(?![{}]). | \{\{ | \}\} | (?P<mark>"{3}|'{3}|[{}\n"'])""", re.VERBOSE | re.DOTALL
)
_FORMAT = re.compile(r"""(?P<mark>"{3}|'{3}|[{}\n"'])""")


def end_of_formatted(source: str, at: int, quotes: str) -> int | None:
    """Where the f-string ends whose opening `quotes` end at `at`; None where it does not, or brackets in it do not."""
    inside = [quotes]  # of an f-string its quotes, then what is open in its braces
    while inside and len(inside) <= _DEEPEST:
        in_text = inside[-1] in _QUOTES or inside[-1] == _SPEC
        found = (_INSIDE if not in_text else _FORMAT if inside[-1] == _SPEC else _TEXT).search(source, at)
        if found is None:
            return None
        at, mark = found.end(), found["mark"]
        if in_text and mark:
            length = _in_text(inside, mark)
            if length is None:
                return None
            at = found.start() + length
        if not in_text and not _in_field(inside, mark, found["formatted"]):
            return None
    return None if inside else at


def _in_text(inside: list[str], mark: str) -> int | None:
    """Note a mark in an f-string's text or format; how many characters of it were read, None where it may not stand."""
    own = next(each for each in reversed(inside) if each in _QUOTES)
    if mark == "{":
        inside.append(_FIELD)
    elif mark == "}":
        if inside.pop() != _SPEC:
            return None
    elif mark == "\n":
        return 1 if len(own) > 1 else None
    elif mark.startswith(own):
        if inside.pop() == _SPEC:
            return None
        return len(own)
    return 1


def _in_field(inside: list[str], mark: str | None, formatted: str | None) -> bool:
    """Note a mark in an f-string's braces; False where it may not stand."""
    if formatted:
        inside.append(formatted)
    elif mark in PAIRS.values():
        inside.append(mark or "")
    elif mark in PAIRS:
        opened = inside.pop()
        return opened == PAIRS[mark] or (opened == _FIELD and mark == "}")
    elif mark == ":" and inside[-1] == _FIELD:
        inside[-1] = _SPEC
    elif mark and mark in "\"'":
        return False  # a string that does not end
    return True
