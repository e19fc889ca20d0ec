r"""Which number a text means, exactly. Pure, and bounded by structure: no answer takes long, however it is written.

`last_number` reads prose, `stated_values` a text that is an answer as a whole, such as the content of a box, and
`leading_number` a text that begins with the answer. All three understand signs, currencies, thousands separators,
decimals, fractions, mixed numbers, powers of ten, words that scale (thousand, million, dozen, k) and units, the powers
of units among them; stated answers may be calculations, too. Refused unread are numbers of more than 40 characters,
exponents above 64, nesting deeper than 20, functions, factorials and unknowns (18x). Numbers spelled out in words are
not read, but for "half a dozen" and its like.

The rule: a stated answer is a number where it has one number, or one calculation in signs, and beside it names only
(labels, currencies, units). Where it has two (`2 hours 30 minutes`, `5:30`, `[3,4]`), a number in other words
(`double 9`, `18 squared`, `2 thousand 500`) or in another base (`0x12`), it states no number, and none is taken out of
it. A calculation may go on behind a box (`\boxed{18} + 2` is 20). A letter after a number is an unknown (`6y`), in
upright type (`6 \text{ y}`) a unit. Of prose in which no answer is stated the last number counts, as to lm-eval's
flexible-extract, unless it is a part of such a one (`larger`): then the text answers with no number.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Collection
from fractions import Fraction

from harness.tasks.calculation import evaluated
from harness.tasks.larger import holds_another, is_part
from harness.tasks.notation import plain
from harness.tasks.number_match import AROUND, LONGEST, is_negative, rewritten, value_in
from harness.tasks.number_patterns import (
    ADJECTIVE,
    ANOTHER,
    BEGIN,
    BEHIND_A_BOX,
    CALCULATED,
    EXPLAINED,
    FACTORIAL,
    GOES_ON,
    HALF,
    HASHES,
    HEADING,
    IN_PROSE,
    OPERATORS,
    REMARK,
    SCALES,
    SEVERAL,
    TOKEN,
    UNKNOWN,
    WRITTEN,
)

_LONGEST_STATED = 1000  # characters of a stated answer


def last_number(text: str) -> str | None:
    """The last number of a prose text, without separators, as `stated_values` reads it: `-4`, `1234.50`, `3 dozen`."""
    written = _plain(text)
    found = _last(written)
    return None if found is None or _is_part(written, found) else rewritten(written, found)


def ending_number(text: str) -> str | None:
    """The number that a text ends in, punctuation and markup aside, as `last_number` gives it."""
    written = _plain(text)
    found = _last(written)
    if found is None or _is_part(written, found) or re.search(r"\w", written[found.end() :]):
        return None
    return rewritten(written, found)


def hashed_numbers(text: str) -> list[str]:
    """What directly follows each `####`, GSM8K's mark of an answer: a number as `last_number` gives it.

    Of a calculation the last side, `36` of `18 * 2 = 36`, for `stated_values` to read; a calculation without a result
    as a whole. The words after a number are prose: `18x` is 18 times, though in a box x is an unknown. Where the number
    is only a part (`5:30`) or another one follows, the line as it is, which has no value.
    """
    if "####" not in text:
        return []
    written = _plain(text)
    matches = (IN_PROSE.search(written, hashes.end()) for hashes in HASHES.finditer(written))
    return [_stated(written, found) for found in matches if found and not HEADING.match(written, found.end())]


def _stated(text: str, found: re.Match[str]) -> str:
    """A number after `####`, or the last side of the calculation that it begins."""
    if _is_part(text, found) or ANOTHER.match(text, found.end()):
        return text[found.start() : found.start() + _LONGEST_STATED].splitlines()[0]
    number, more = rewritten(text, found), CALCULATED.match(text, found.end())
    return f"{number}{more[0]}".rpartition("=")[2].strip() if more else number


def leading_number(text: str) -> Fraction | None:
    """The value of the number that `text` begins with; of a calculation, such as `4 + 8 = 12`, the last side's.

    Markup, currencies and equals signs may come before it. A calculation without a result is no number.
    """
    line = (_plain(text).strip().splitlines() or [""])[0]
    for side in line.split("="):
        begin = BEGIN.match(side)
        found = begin and WRITTEN.match(side, begin.end())
        if not (begin and found):
            if side.strip():
                return None
            continue
        if re.match(r"[\s)\]]*(?:[-+*/^]|[xX](?=[\s$(]*[0-9]))[-\s$(]*[0-9]", side[found.end() :]):
            continue  # a calculation: its result is on the next side
        value = None if _is_part(side, found) else evaluated(value_in(found))
        return -value if value is not None and begin[1] else value
    return None


def stated_values(text: str, units: Collection[str] = ()) -> tuple[Fraction, ...]:
    """The values that a text may mean which is an answer as a whole; none where it states no number, or several.

    `18%` means 18 or 18/100. Of `x = 2 * 9 = 18` the last side counts.

    Args:
        text: the answer, such as the content of a box.
        units: names of SCALES that the question asks in: after a number they may count things and not multiply.
    """
    if len(text) > _LONGEST_STATED:
        return ()
    written = _plain(text)[:_LONGEST_STATED]  # a degree sign becomes a word
    shorter = REMARK.sub(" ", written)
    written = shorter if _has_digit(shorter) else written
    if sum(map(_has_digit, SEVERAL.split(written))) > 1:
        return ()
    explained = EXPLAINED.fullmatch(written)
    if explained and value_of(explained["number"]) == value_of(explained["how"]) is not None:
        written = explained["number"]
    side = next((side for side in reversed(re.split("[=~]", written)) if _has_digit(side)), "")
    readings = [evaluated(_tokens(side, ())), *([evaluated(_tokens(side, units))] if units else [])]
    values = [value for value in readings if value is not None]
    if re.search(r"(?:%|percent|per\s+cent)[\s.)]*$", side, re.IGNORECASE):
        values += [value / 100 for value in values]
    return tuple(dict.fromkeys(values))


def in_its_place(boxed: str, before: str, after: str) -> str:
    r"""What a box states, with the sign directly before it, and what directly after it belongs to it.

    That is a scale, per cent or a power, and the rest of a calculation that the box begins: 20 of `\boxed{18} + 2`.
    """
    boxed = boxed.replace("~", r"\ ")  # to LaTeX a space that does not break
    rest = plain(after[:_LONGEST_STATED])
    behind = BEHIND_A_BOX.match(rest)
    stated = f"{boxed} {behind['more']}" if behind and behind["more"] else boxed
    if is_negative(plain(before[-AROUND:])):
        stated = f"-({stated.rpartition('=')[2]})"
    more = GOES_ON.match(rest, behind.end() if behind else 0)
    value = value_of(stated) if more else None
    return stated if value is None or more is None else f"({value}) {more['calculation']}"


def value_of(text: str | None) -> Fraction | None:
    """The first of `stated_values`; None where there is none, or no text."""
    return next(iter(stated_values(text)), None) if text else None


def _plain(text: str) -> str:
    """A text in one notation, its halves of a scale as decimals, without adjectives that read like a scale."""
    written = HALF.sub("0.5 ", plain(text)).replace("half dozen", "half-dozen")
    return ADJECTIVE.sub(lambda found: found["money"] or " ", written)


def _tokens(side: str, units: Collection[str]) -> list[Fraction | str]:
    """Numbers and operators of a stated answer; words, units and currencies are passed over, not what is unknown."""
    side = re.sub(r"(?i)\bhalf\s+of\s+(?=[$\s]*[0-9])", "(1/2)*", side)
    if FACTORIAL.search(side) or holds_another(side):
        return []
    tokens: list[Fraction | str] = []
    named = False  # whether words came after the last number
    for match in TOKEN.finditer(side):
        if match["number"]:
            tokens += value_in(match, units)
            named = False
        elif match["times"]:
            tokens.append("*")
        elif match["word"]:
            tokens += _word(match, tokens, units)
            named = match["word"].lower() not in OPERATORS
        elif match["operator"]:
            tokens.append("?" if named and tokens and match["operator"] == "(" else match["operator"])
        elif match["other"] and (match["other"].isascii() or unicodedata.category(match["other"]) == "Sm"):
            tokens.append("?")  # a LaTeX command, a root, an inequality; other punctuation and pictures mean nothing
    return _trimmed(tokens)


def _word(match: re.Match[str], tokens: list[Fraction | str], units: Collection[str]) -> list[Fraction | str]:
    """What a word adds to `tokens`: an operator, a scale after a bracket, "?" for what has no value; mostly nothing.

    An unknown has none, but for the name of an answer: `x + 18` is no 18, and `x: 18` is.
    """
    word, found = match["word"].lower(), list[Fraction | str]()
    goes_on = re.match(r"\s*[-+*/^(]", match.string[match.end() :]) is not None
    if word in OPERATORS:
        found.append(OPERATORS[word])
    elif UNKNOWN.fullmatch(match["word"].lstrip("/*- ")) and (tokens or goes_on):
        found.append("?")
    elif (scale := word.removesuffix("s")) in SCALES and scale not in units and tokens[-1:] == [")"]:
        found += ["*", Fraction(SCALES[scale])]  # of a fraction: (1/2) dozen
    return [*found, word] if match["call"] else found  # a function


def _trimmed(tokens: list[Fraction | str]) -> list[Fraction | str]:
    """Without operators that have nothing on their other side, as of `18+` and `*18*`, and unmatched brackets."""
    while tokens and tokens[-1] in ("+", "-", "*", "("):
        tokens = tokens[:-1]
    while tokens and tokens[0] in ("+", "*", "/", ")"):
        tokens = tokens[1:]
    extra = tokens.count("(") - tokens.count(")")
    if extra == 1 and tokens[0] == "(":
        return tokens[1:]
    return tokens[:-1] if extra == -1 and tokens[-1] == ")" else tokens


def _last(text: str) -> re.Match[str] | None:
    return next(iter(deque(IN_PROSE.finditer(text), maxlen=1)), None)


def _is_part(text: str, found: re.Match[str]) -> bool:
    start, end = found.span("digits")
    return end - start <= LONGEST and is_part(text, start, end)


def _has_digit(text: str) -> bool:
    return re.search("[0-9]", text) is not None
