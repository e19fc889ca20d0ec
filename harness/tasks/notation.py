r"""Characters and LaTeX of numbers brought to one notation: `1\,234`, `€18`, `90^\circ`, `\dfrac{1}{2}`. Pure.

What is left is ASCII where numbers are concerned: digits, `. , - + * / ^ ( ) = ~ %`, and `$` for every currency. Words
of any script stay. A LaTeX command that is not known here stays with its backslash, so that `\sqrt{18}` is no 18.
Everything takes time in proportion to the text.
"""

import re
import unicodedata
from functools import lru_cache

_CHARACTERS = {
    "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2212": "-", "\ufe63": "-", "\uff0d": "-",
    "\u2014": " - ", "\u2015": " - ", "\u00d7": "*", "\u2715": "*", "\u2a2f": "*", "\u22c5": "*", "\u00b7": "*",
    "\u2219": "*", "\u2217": "*", "\u00f7": "/", "\u2044": "/", "\u2215": "/", "\u2248": "~", "\u2243": "~",
    "\u2245": "~", "\u223c": "~", "\u2192": "~", "\u21d2": "~", "\u2019": "'", "\u02bc": "'", "\u2018": "'",
    "\u201c": '"', "\u201d": '"',
    "\u066b": ".", "\u066c": ",", "\u00b0": " degrees ", "\u00ba": " degrees ", "\u066a": "%",
}  # fmt: skip
_CATEGORIES = {"Cf": "", "Zs": " ", "Sc": "$"}  # joiners and marks of direction, spaces, currencies
_SUPERSCRIPTS = {"\u2070": "0", "\u00b9": "1", "\u00b2": "2", "\u00b3": "3", "\u207b": "-", "\u207a": "+"} | {
    chr(0x2070 + digit): str(digit) for digit in range(4, 10)
}
_WORDS = (
    r"\\(?:text[a-z]*|math[a-z]*|operatorname|[mfh]box|boxed|bf|rm|it|bm|boldsymbol|emph|underline|[lL]arge|huge)"
    r"(?![A-Za-z])"
)
# a letter after a number: of upright type it is a unit, else an unknown
_UPRIGHT = r"([0-9.]\s*)\\(?:text[a-z]*|mathrm|[mh]box)\s*\{\s*[xyznXYZ]\s*\}(?!\s*[-+*/^(0-9\\])"
_LATEX = tuple(
    (re.compile(pattern), new)
    for pattern, new in (
        (r"\\(?:left|right|[bB]ig{1,2}[lr]?|displaystyle|limits)(?![A-Za-z])", ""),
        (r"\{([,.])\}", r"\1"),  # 1{,}234
        (r"(?<=[0-9])(?:\\[,;: ]|\{\\[,;: ]\}|~)(?=[0-9]{3}(?![0-9]))", ","),  # 1\,234
        (r"\\!", ""),
        (r"\\[,;:> ]|\\q?quad\b|\\(?:en|thin|thick|med)?space\b|\\\\|~", " "),
        (r"\\[()\[\]]", " "),
        (r"\\([$%#&_])", r"\1"),
        (r"\\(?:pounds|euro|yen|textsterling|texteuro|textyen|textdollar|mathdollar)(?![A-Za-z])", "$"),
        (r"\^\s*(?:\{\s*\\circ\s*\}|\\circ(?![A-Za-z]))|\\(?:degree|circ)s?(?![A-Za-z])", " degrees "),
        (r"\\(?:cdot|times|ast)(?![A-Za-z])", "*"),
        (r"\\div(?![A-Za-z])", "/"),
        (r"\\(?:approx|simeq|sim|cong)(?![A-Za-z])", "~"),
        (r"\\(?:Rightarrow|rightarrow|implies|to|Longrightarrow|longrightarrow)(?![A-Za-z])", "~"),
        (r"\\(?:text)?color\s*\{[^{}]*\}", ""),
        (_UPRIGHT, r"\1 units "),
        (rf"{_WORDS}\s*\{{([^{{}}]*)\}}", r"\1"),
        (_WORDS, ""),
        (r"\\?(?<![A-Za-z])(?:[Bb]oxed|[Bb]ox|fbox|framebox|answer)\s*\{([^{}]*)\}", r" \1 "),  # a box, written wrongly
        (r"\\[dtc]?frac\s*(\d)\s*(\d)", r" (\1/\2)"),
        (r"\\[dtc]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}", r" ((\1)/(\2))"),
        (r"\(\((-?\d+)\)/\((\d+)\)\)", r"(\1/\2)"),
        (r"\(\(([A-Za-z .]+)\)/\(([A-Za-z .]+)\)\)", r"\1/\2"),  # eggs over day
        (r"\^\s*\{\s*(-?\d+)\s*\}", r"^\1"),
        (r"\^\s*\{([^{}]*)\}", r"^(\1)"),
        (r"[{}]", ""),
    )
)
# a power, unless it is bold or italic type
_POWER = re.compile(r"(?<=[\d)])\*\*(?=[\d(])")
_BOLD = re.compile(r"\*\*|__|`")
_CURRENCY = re.compile(r"(?<![A-Za-z])(?:USD|US|EUR|GBP|JPY|CNY|RMB|INR|CAD|AUD|CHF|Rs)\.?\s*(?=[-$\d])")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_THIN_SPACE = re.compile(r"(?<=\d)[\u00a0\u2000-\u200a\u202f\u205f](?=\d{3}(?!\d))")
_SUPERSCRIPT_RUN = re.compile(f"[{''.join(_SUPERSCRIPTS)}]+")


def plain(text: str) -> str:
    """The text in one notation of numbers."""
    if not text.isascii():
        text = _THIN_SPACE.sub(",", text)
        text = _SUPERSCRIPT_RUN.sub(lambda run: "^" + "".join(map(_SUPERSCRIPTS.__getitem__, run[0])), text)
        text = _NOT_ASCII.sub(lambda character: _ascii(character[0]), text)
    if "\\" in text or "{" in text:
        for pattern, new in _LATEX:
            text = pattern.sub(new, text)
    return _CURRENCY.sub("$", _BOLD.sub("", _POWER.sub("^", text)))


@lru_cache(4096)
def _ascii(character: str) -> str:
    """What stands for one character; itself where it is no part of a number."""
    digit = unicodedata.decimal(character, None)
    folded = unicodedata.normalize("NFKC", character)
    if character in _CHARACTERS:
        return _CHARACTERS[character]
    if digit is not None:
        return str(digit)
    if unicodedata.category(character) == "No":  # fractions; numbers in circles and indices stay
        return f" ({folded.replace(chr(0x2044), '/')})" if "\u2044" in folded else character
    return _CATEGORIES.get(unicodedata.category(character), "".join(_CHARACTERS.get(part, part) for part in folded))
