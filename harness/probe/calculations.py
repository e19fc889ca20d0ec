r"""Calculations that a worked answer writes out, such as `2 * (3 + 4) = 14`, and whether they are true.

Read, in every notation that `tasks.notation` knows: + - * / and the other signs for times and over, x and LaTeX's among
them; brackets, signs, decimals, currencies, thousands separators, `<<48/2=24>>`, chains (`2*3+1 = 6+1 = 7`: each side
against the number that follows). A result counts as true when it is within one unit of its last written place: it may
be rounded or cut, but whole results of whole numbers must be exact.

Not read: powers, percent, unknowns, units between the numbers, words for numbers or operators; a side that has one of
them is passed over, so that false calculations are rather missed than invented. Known inventions: a change of unit
(`60 * 2 = 2 hours`) and of scale reads as false. Measured on GSM8K's 1319 gold answers of the test split: 7511
calculations read, 3 called false, and all three are indeed false as written ("$32 - $20 = $300").
"""

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction

from harness.tasks.calculation import evaluated
from harness.tasks.notation import plain
from harness.tasks.number_match import LONGEST

_DROPPED = str.maketrans("", "", "$\\")
_ANNOTATION = re.compile(r"<<([^<>\n]*)>>")
_BULLET = re.compile(r"^\s*[-*+•]\s+")
_TOKEN = re.compile(
    r"(?P<number>(?:[0-9]{1,3}(?:[,'][0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
    r"|(?P<power>\*\*)|(?P<times>(?<=[0-9)\s])[xX](?=\s*[0-9(.]))|[-+*/^%()=]"
)
# text that makes the first number of a calculation part of something else: x1, √9, f(3), 5:30, half of 10
_BELONGS_LEFT = re.compile(
    r"[\w√}\]|!°]$|[0-9][:,.]$|\b(?:times|plus|minus|of|by|over|twice|half|sqrt)\s+$", re.IGNORECASE
)
# the same of the last number: 2y, 5:30, 1.2.3, 7 thousand
_BELONGS_RIGHT = re.compile(
    r"\w|[!°{\[]|[:,.][0-9]|\s+(?:times|plus|minus|divided|percent|dozen|hundred|thousand|million|billion)\b",
    re.IGNORECASE,
)
_SIGN_AFTER = (":", ";", ",", ".")  # what may stand before a calculation that begins with a sign
_CONTEXT = 20  # characters that are looked at on each side of a calculation


def false_calculations(text: str) -> list[str]:
    """The calculations of `text` that are false, as "a op b = c" with plain operators."""
    return [written for written, true in calculations(text) if not true]


def calculations(text: str) -> list[tuple[str, bool]]:
    """Each calculation of `text` and whether it is true; those in `<<...>>` come last."""
    found: list[tuple[str, bool]] = []
    for line in _plain(text).splitlines():
        for tokens, before, after in _stretches(_BULLET.sub("", line)):
            found += _judged(tokens, before, after)
    return found


def _plain(text: str) -> str:
    """The text in one notation, without dollars; annotations on lines of their own."""
    text = plain(text).translate(_DROPPED)
    return "\n".join([_ANNOTATION.sub("", text), *_ANNOTATION.findall(text)])


def _stretches(line: str) -> Iterator[tuple[list[str], str, str]]:
    """The longest stretches of tokens with nothing but blanks between them, and the text on both sides."""
    tokens: list[str] = []
    start = end = 0
    for match in _TOKEN.finditer(line):
        if tokens and line[end : match.start()].strip():
            yield tokens, line[max(0, start - _CONTEXT) : start], line[end : end + _CONTEXT]
            tokens = []
        if not tokens:
            start = match.start()
        tokens.append("*" if match["times"] else "^" if match["power"] else re.sub("[,']", "", match[0]))
        end = match.end()
    if tokens:
        yield tokens, line[max(0, start - _CONTEXT) : start], line[end : end + _CONTEXT]


def _judged(tokens: Sequence[str], before: str, after: str) -> Iterator[tuple[str, bool]]:
    """Each side that computes something, against the next plain number, else the one before it."""
    sides = _sides(tokens, before, after)
    plain = [index for index, side in enumerate(sides) if _is_number(side)]
    for index, side in enumerate(sides):
        others = [i for i in plain if i > index] or plain[::-1]
        if index in plain or not others:
            continue
        result = sides[others[0]]
        left, right = _value(side), _value(result)
        if left is not None and right is not None:
            decimals = len(result[-1].partition(".")[2])
            yield f"{' '.join(side)} = {''.join(result)}", abs(left - right) < Fraction(1, 10**decimals)


def _sides(tokens: Sequence[str], before: str, after: str) -> list[list[str]]:
    """What stands between the equals signs; empty where the text around makes it part of something else."""
    sides: list[list[str]] = [[]]
    for token in tokens:
        if token == "=":  # noqa: S105  # not that kind of token
            sides.append([])
        else:
            sides[-1].append(token)
    bound = before.rstrip()
    if _BELONGS_LEFT.search(before) or (tokens[0] == "-" and bound and not bound.endswith(_SIGN_AFTER)):
        sides[0] = []
    if _BELONGS_RIGHT.match(after):
        sides[-1] = []
    # the brackets of "(3 + 4 = 7)" are the sentence's
    while sides[0][:1] == ["("] and sides[0].count("(") > sides[0].count(")"):
        del sides[0][0]
    while sides[-1][-1:] == [")"] and sides[-1].count(")") > sides[-1].count("("):
        del sides[-1][-1]
    return sides


def _is_number(side: Sequence[str]) -> bool:
    return len(side) > 0 and side[-1][-1].isdigit() and (len(side) == 1 or (len(side) == 2 and side[0] == "-"))  # noqa: PLR2004


def _value(side: Sequence[str]) -> Fraction | None:
    """The exact value of a side; None where it is not a calculation in the sense of this module."""
    if "^" in side or any(len(token) > LONGEST for token in side):
        return None
    return evaluated([Fraction(token) if token[-1].isdigit() else token for token in side])
