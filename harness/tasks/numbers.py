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
it. Of prose in which no answer is stated the last number counts, as to lm-eval's flexible-extract, unless it is a part
of such a one (`larger`): then the text answers with no number.
"""

import re
import unicodedata
from collections import deque
from collections.abc import Collection
from fractions import Fraction

from harness.tasks.calculation import evaluated
from harness.tasks.larger import holds_another, is_part
from harness.tasks.notation import plain

LONGEST = 40  # characters of one number; the longest gold answer has 13
_LONGEST_STATED = 1000  # characters of a stated answer
_HIGHEST_TEN = 30  # of 1.8e3
_AROUND = 24  # characters before a number that decide its sign, and after a box that belong to it
SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "lakh": 10**5, "crore": 10**7, "bn": 10**9, "k": 10**3, "万": 10**4, "千": 10**3, "百": 100, "亿": 10**8,
    "mn": 10**6, "mln": 10**6, "quadrillion": 10**15, "doz": 12, "萬": 10**4, "億": 10**8, "만": 10**4, "억": 10**8,
    "tens": 10, "half-dozen": 6, "gross": 144, "grand": 1000,
}  # fmt: skip
"""Words after a number that multiply it; `M` and `B` do too, directly after a number only: `18 m` are metres."""
_HALF = re.compile(r"\bhalf[ \t]+an?[ \t]+(?=(?:dozen|hundred|thousand|[mbt]r?illion|lakh|crore)\b)", re.IGNORECASE)
# money before tax, and words that are part of a name: they multiply nothing
_ADJECTIVE = re.compile(
    r"\bgrand(?=[ \t]+(?:piano|total|pri[xz]|slam|final))|(?<=[.\d])[ \t]+gross(?=[ \t]+(?!of\b)[a-z])"
    r"|(?P<money>\$[ \t]*[\d.,]+[ \t]+)gross\b",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(r"[xyznXYZ]+(?:\s*\^.*)?")
_GLUED = {"M": 10**6, "B": 10**9}
_WORDS = "|".join(sorted(SCALES.keys() - {"k"}, key=len, reverse=True))
_DIGITS = r"""
    [1-9][0-9]{0,2}(?P<mark>[,'_\ ])[0-9]{3}(?:(?P=mark)[0-9]{3})*(?![0-9]|,[0-9])(?:\.[0-9]+)?     # 1,234.5
  | [0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?![0-9,])(?:\.[0-9]+)?                                        # 1,23,456
  | (?P<dots>[1-9][0-9]{0,2}(?:(?:\.[0-9]{3}){2,}(?:,[0-9]+)?|\.[0-9]{3},[0-9]{1,2})(?![0-9.,]))    # 1.234,50
  | (?P<comma>[0-9]+,[0-9]{1,2}(?![0-9,.]))                                                         # 12,5
  | [0-9](?:[0-9,]*[0-9])?(?:\.[0-9]+)?
  | (?<![.0-9])\.[0-9]+
"""
_TEN = r"""
    (?: [eE](?P<ten>[+-]?[0-9]{1,3})(?![0-9A-Za-z])
      | [ \t]*(?:\*|[xX])[ \t]*10[ \t]*\^[ \t]*\(?(?P<times_ten>[+-]?[0-9]{1,3})\)?(?![0-9]) )?
"""
_PART = r"""
    (?: (?:[ \t]+and)?[ \t]+\(?(?P<over>[0-9]{1,9})/(?P<under>[0-9]{1,9})\)?(?![.,/]?[0-9])
      | (?P<half>(?:[ \t]+and[ \t]+|-and-)(?:an?|one)[ \t-]half\b) )?
"""
_SCALED = rf"""
    (?P<scales>(?: [ \t-]*(?i:{_WORDS})s?(?![A-Za-z]) | [ \t]?[kK](?![A-Za-z0-9]) | [MB](?![A-Za-z0-9]) )*)
"""
_NUMBER = f"(?P<digits>{_DIGITS}){_TEN}{_PART}{_SCALED}"
_WRITTEN = re.compile(_NUMBER, re.VERBOSE)
# in prose: not the digits of a word (x2, m2), nor of a unit's power (cm^2, m^-1)
_IN_PROSE = re.compile(
    rf"""(?<![A-Za-z_\\^0-9])(?<!\^[-(])(?<![0-9]\.)(?P<digits>{_DIGITS}){_TEN}{_PART}
    (?P<rest> [ \t]*/[ \t]*\(?[0-9]{{1,12}}\)?(?![.,/]?[0-9]|[ \t]*\^) | \^\(?-?[0-9]{{1,3}}\)?(?![0-9]) )?{_SCALED}""",
    re.VERBOSE,
)
# possessive, for a model may write thousands of spaces after the mark
_HASHES = re.compile(r"####[ \t]*+\n?+[ \t]*+(?:(?:the[ ])?(?:final[ ])?answer(?:[ ]is)?)?+[\s:=$~(-]*+(?=[.\d])",
                     re.IGNORECASE)  # fmt: skip
_HEADING = re.compile(r"[.):]\**\s+[^\W\d_]|\)")  # after a number: "#### 2. Add both" is a title and no answer
# after a number: the rest of a calculation, results of it included
_CALCULATED = re.compile(
    r"(?:%?+[ \t)]*+(?:[-+*/^=]|[xX](?=[ \t$(]*+[.\d]))[-$( \t]*+(?:\d[\d,]*+(?:\.\d++)?|\.\d++)%?+)++[ \t]*+\)*+"
)
_SCALE = re.compile(rf"(?i:{_WORDS})|[kKMB]")
_BEHIND_A_BOX = re.compile(
    rf"[ \t$]*(?P<more>(?=[^\s$]){_SCALED}[ \t]*(?:%|\^\(?-?[0-9]{{1,3}}\)?|/[0-9]+)?)", re.VERBOSE
)
_SIGN = re.compile(r"(?P<lead>.*?)(?P<sign>-|\b(?:negative|minus)\b)(?P<gap>\s*)(?:\$\s*)?$", re.IGNORECASE | re.DOTALL)
_BEGIN = re.compile(r"[\s$*~+\"'(\[]*(-|negative\s|minus\s)?[\s$(]*", re.IGNORECASE)
_WORD = r"[^\W\d_](?:[\w'.]*\w)?\.?(?:\s*\^\s*\(?[-+]?[0-9]{1,2}\)?)?"
_TOKEN = re.compile(
    rf"(?P<number>{_NUMBER})|(?P<times>(?<=[0-9)\s])[xX](?=[\s$(]*[0-9.]))"
    rf"|(?P<word>(?:[/*-]\s*)?{_WORD}(?:\s*[/*-]\s*{_WORD})*)(?P<call>\()?"
    rf"|(?P<operator>[-+*/^()])|(?P<noise>[\s$%.,:;!?\"'\#\[\]])|(?P<other>.)",
    re.VERBOSE | re.DOTALL,
)
_OPERATORS = {"negative": "-", "minus": "-", "plus": "+", "times": "*"}
_SEVERAL = re.compile(r",\s|;|\bor\b|\band\b(?!\s+\(?[0-9]+/[0-9])", re.IGNORECASE)
# after a number and its unit, up to the end of the line: a second number
_ANOTHER = re.compile(r"[ \t]*(?:,|;|\bor\b|\band\b)[ \t]*\$?[0-9][0-9.,]*[ \t]*$", re.MULTILINE)
_REMARK = re.compile(r"\([^()]*[^\W\d_][^()]*\)")
_FACTORIAL = re.compile(r"!\s*[-+*/^(0-9]")


def last_number(text: str) -> str | None:
    """The last number of a prose text, without separators, as `stated_values` reads it: `-4`, `1234.50`, `3 dozen`."""
    written = _plain(text)
    found = _last(written)
    return None if found is None or _is_part(written, found) else _rewritten(written, found)


def ending_number(text: str) -> str | None:
    """The number that a text ends in, punctuation and markup aside, as `last_number` gives it."""
    written = _plain(text)
    found = _last(written)
    if found is None or _is_part(written, found) or re.search(r"\w", written[found.end() :]):
        return None
    return _rewritten(written, found)


def hashed_numbers(text: str) -> list[str]:
    """What directly follows each `####`, GSM8K's mark of an answer: a number as `last_number` gives it.

    Of a calculation the last side, `36` of `18 * 2 = 36`, for `stated_values` to read; a calculation without a result
    as a whole. The words after a number are prose: `18x` is 18 times, though in a box x is an unknown. Where the number
    is only a part (`5:30`) or another one follows, the line as it is, which has no value.
    """
    if "####" not in text:
        return []
    written = _plain(text)
    matches = (_IN_PROSE.search(written, hashes.end()) for hashes in _HASHES.finditer(written))
    return [_stated(written, found) for found in matches if found and not _HEADING.match(written, found.end())]


def _stated(text: str, found: re.Match[str]) -> str:
    """A number after `####`, or the last side of the calculation that it begins."""
    if _is_part(text, found) or _ANOTHER.match(text, found.end()):
        return text[found.start() : found.start() + _LONGEST_STATED].splitlines()[0]
    number, more = _rewritten(text, found), _CALCULATED.match(text, found.end())
    return f"{number}{more[0]}".rpartition("=")[2].strip() if more else number


def leading_number(text: str) -> Fraction | None:
    """The value of the number that `text` begins with; of a calculation, such as `4 + 8 = 12`, the last side's.

    Markup, currencies and equals signs may come before it. A calculation without a result is no number.
    """
    line = (_plain(text).strip().splitlines() or [""])[0]
    for side in line.split("="):
        begin = _BEGIN.match(side)
        found = begin and _WRITTEN.match(side, begin.end())
        if not (begin and found):
            if side.strip():
                return None
            continue
        if re.match(r"[\s)\]]*(?:[-+*/^]|[xX](?=[\s$(]*[0-9]))[-\s$(]*[0-9]", side[found.end() :]):
            continue  # a calculation: its result is on the next side
        value = None if _is_part(side, found) else evaluated(_value(found))
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
    shorter = _REMARK.sub(" ", written)
    written = shorter if _has_digit(shorter) else written
    if sum(map(_has_digit, _SEVERAL.split(written))) > 1:
        return ()
    side = next((side for side in reversed(re.split("[=~]", written)) if _has_digit(side)), "")
    readings = [evaluated(_tokens(side, ())), *([evaluated(_tokens(side, units))] if units else [])]
    values = [value for value in readings if value is not None]
    if re.search(r"(?:%|percent|per\s+cent)[\s.)]*$", side, re.IGNORECASE):
        values += [value / 100 for value in values]
    return tuple(dict.fromkeys(values))


def in_its_place(boxed: str, before: str, after: str) -> str:
    """What a box states, with the sign directly before it, and the scale, per cent or power directly after it."""
    behind = _BEHIND_A_BOX.match(plain(after[:_AROUND]))
    stated = f"{boxed} {behind['more']}" if behind and behind["more"] else boxed
    return f"-({stated.rpartition('=')[2]})" if _is_negative(plain(before[-_AROUND:])) else stated


def value_of(text: str | None) -> Fraction | None:
    """The first of `stated_values`; None where there is none, or no text."""
    return next(iter(stated_values(text)), None) if text else None


def _plain(text: str) -> str:
    """A text in one notation, its halves of a scale as decimals, without adjectives that read like a scale."""
    written = _HALF.sub("0.5 ", plain(text)).replace("half dozen", "half-dozen")
    return _ADJECTIVE.sub(lambda found: found["money"] or " ", written)


def _tokens(side: str, units: Collection[str]) -> list[Fraction | str]:
    """Numbers and operators of a stated answer; words, units and currencies are passed over, not what is unknown."""
    side = re.sub(r"(?i)\bhalf\s+of\s+(?=[$\s]*[0-9])", "(1/2)*", side)
    if _FACTORIAL.search(side) or holds_another(side):
        return []
    tokens: list[Fraction | str] = []
    named = False  # whether words came after the last number
    for match in _TOKEN.finditer(side):
        if match["number"]:
            tokens += _value(match, units)
            named = False
        elif match["times"]:
            tokens.append("*")
        elif match["word"]:
            tokens += _word(match, tokens, units)
            named = match["word"].lower() not in _OPERATORS
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
    if word in _OPERATORS:
        found.append(_OPERATORS[word])
    elif _UNKNOWN.fullmatch(match["word"].lstrip("/*- ")) and (tokens or goes_on):
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
    return next(iter(deque(_IN_PROSE.finditer(text), maxlen=1)), None)


def _is_part(text: str, found: re.Match[str]) -> bool:
    start, end = found.span("digits")
    return end - start <= LONGEST and is_part(text, start, end)


def _has_digit(text: str) -> bool:
    return re.search("[0-9]", text) is not None


def _clean(found: re.Match[str]) -> str:
    """The digits without thousands separators, with a decimal point."""
    digits = found["digits"]
    if found["dots"]:
        digits = digits.replace(".", "").replace(",", ".")
    elif found["comma"]:
        digits = digits.replace(",", ".")
    return re.sub(r"[,'_ ]", "", digits)


def _value(found: re.Match[str], units: Collection[str] = ()) -> list[Fraction | str]:
    """A match of _NUMBER as a calculation; as one that has no value where it is too long."""
    ten = int(found["ten"] or found["times_ten"] or 0)
    mixed = found["over"] is not None
    if (
        len(found["digits"]) > LONGEST
        or abs(ten) > _HIGHEST_TEN
        or (mixed and int(found["over"]) >= int(found["under"]))
    ):
        return ["?"]
    value = Fraction(_clean(found)) * Fraction(10) ** ten
    if mixed:
        value += Fraction(int(found["over"]), int(found["under"]))
    if found["half"]:
        value += Fraction(1, 2)
    tokens: list[Fraction | str] = [value]
    for name in _SCALE.findall(found["scales"]):
        if name.lower() not in units:
            tokens += ["*", Fraction(_GLUED[name] if name in _GLUED else SCALES[name.lower()])]
    return tokens


def _rewritten(text: str, found: re.Match[str]) -> str:
    """A number of a prose text with its sign, and with what belongs to it: fraction, power, words that scale."""
    sign = "-" if _is_negative(text[max(0, found.start() - _AROUND) : found.start()]) else ""
    return f"{sign}{_clean(found)}{text[found.end('digits') : found.end()]}"


def _is_negative(before: str) -> bool:
    """Whether what stands before a number makes it negative: not the dash of a range, a list, or a difference."""
    signed = _SIGN.match(before)
    if not signed:
        return False
    lead, bound = signed["lead"], signed["lead"].rstrip()
    if bound[-1:].isdigit() or bound[-1:] in (")", "]", "%"):
        return False  # 20 - 18, 5-18
    if signed["sign"] != "-":
        return True
    if signed["gap"]:
        return bound.endswith(("=", ":", "(", "~", "#"))
    return not lead[-1:].isalnum()  # grade-5
