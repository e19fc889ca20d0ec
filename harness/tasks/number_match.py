"""A number found in a text, as a value and as it is to be read on. Pure."""

import re
from collections.abc import Collection
from fractions import Fraction

from harness.tasks.number_patterns import GLUED, SCALE, SCALES, SIGN

LONGEST = 40  # characters of one number; the longest gold answer has 13
_HIGHEST_TEN = 30  # of 1.8e3
AROUND = 24  # characters before a number that decide its sign, and after a box that belong to it


def clean(found: re.Match[str]) -> str:
    """The digits without thousands separators, with a decimal point."""
    digits = found["digits"]
    if found["dots"]:
        digits = digits.replace(".", "").replace(",", ".")
    elif found["comma"]:
        digits = digits.replace(",", ".")
    return re.sub(r"[,'_ ]", "", digits)


def value_in(found: re.Match[str], units: Collection[str] = ()) -> list[Fraction | str]:
    """A match of NUMBER as a calculation; as one that has no value where it is too long."""
    ten = int(found["ten"] or found["times_ten"] or 0)
    mixed = found["over"] is not None
    if (
        len(found["digits"]) > LONGEST
        or abs(ten) > _HIGHEST_TEN
        or (mixed and int(found["over"]) >= int(found["under"]))
    ):
        return ["?"]
    value = Fraction(clean(found)) * Fraction(10) ** ten
    if mixed:
        value += Fraction(int(found["over"]), int(found["under"]))
    if found["half"]:
        value += Fraction(1, 2)
    tokens: list[Fraction | str] = [value]
    for name in SCALE.findall(found["scales"]):
        if name.lower() not in units:
            tokens += ["*", Fraction(GLUED[name] if name in GLUED else SCALES[name.lower()])]
    return tokens


def rewritten(text: str, found: re.Match[str]) -> str:
    """A number of a prose text with its sign, and with what belongs to it: fraction, power, words that scale."""
    sign = "-" if is_negative(text[max(0, found.start() - AROUND) : found.start()]) else ""
    return f"{sign}{clean(found)}{text[found.end('digits') : found.end()]}"


def is_negative(before: str) -> bool:
    """Whether what stands before a number makes it negative: not the dash of a range, a list, or a difference."""
    signed = SIGN.match(before)
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
