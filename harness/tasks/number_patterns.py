r"""What numbers look like: digits, powers of ten, fractions, words that scale, and what stands around them."""

import re

SCALES = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
    "lakh": 10**5, "crore": 10**7, "bn": 10**9, "k": 10**3, "万": 10**4, "千": 10**3, "百": 100, "亿": 10**8,
    "mn": 10**6, "mln": 10**6, "quadrillion": 10**15, "doz": 12, "萬": 10**4, "億": 10**8, "만": 10**4, "억": 10**8,
    "tens": 10, "half-dozen": 6, "gross": 144, "grand": 1000,
}  # fmt: skip
"""Words after a number that multiply it; `M` and `B` do too, directly after a number only: `18 m` are metres."""
HALF = re.compile(r"\bhalf[ \t]+an?[ \t]+(?=(?:dozen|hundred|thousand|[mbt]r?illion|lakh|crore)\b)", re.IGNORECASE)
# money before tax, words that are part of a name, and bills of a hundred dollars: they multiply nothing
ADJECTIVE = re.compile(
    r"(?<=[0-9])[ \t]+(?:hundred|thousand)(?=-[a-z]+[ \t]+[a-z]+s\b)"
    r"|\bgrand(?=[ \t]+(?:piano|total|pri[xz]|slam|final))|(?<=[.\d])[ \t]+gross(?=[ \t]+(?!of\b)[a-z])"
    r"|(?P<money>\$[ \t]*[\d.,]+[ \t]+)gross\b",
    re.IGNORECASE,
)
UNKNOWN = re.compile(r"[xyznXYZ]+(?:\s*\^.*)?")
GLUED = {"M": 10**6, "B": 10**9}
WORDS = "|".join(sorted(SCALES.keys() - {"k"}, key=len, reverse=True))
DIGITS = r"""
    [1-9][0-9]{0,2}(?P<mark>[,'_\ ])[0-9]{3}(?:(?P=mark)[0-9]{3})*(?![0-9]|,[0-9])(?:\.[0-9]+)?     # 1,234.5
  | [0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}(?![0-9,])(?:\.[0-9]+)?                                        # 1,23,456
  | (?P<dots>[1-9][0-9]{0,2}(?:(?:\.[0-9]{3}){2,}(?:,[0-9]+)?|\.[0-9]{3},[0-9]{1,2})(?![0-9.,]))    # 1.234,50
  | (?P<comma>[0-9]+,[0-9]{1,2}(?![0-9,.]))                                                         # 12,5
  | [0-9](?:[0-9,]*[0-9])?(?:\.[0-9]+)?
  | (?<![.0-9])\.[0-9]+
"""
TEN = r"""
    (?: [eE](?P<ten>[+-]?[0-9]{1,3})(?![0-9A-Za-z])
      | [ \t]*(?:\*|[xX])[ \t]*10[ \t]*\^[ \t]*\(?(?P<times_ten>[+-]?[0-9]{1,3})\)?(?![0-9]) )?
"""
PART = r"""
    (?: (?:[ \t]+and)?[ \t]+\(?(?P<over>[0-9]{1,9})/(?P<under>[0-9]{1,9})\)?(?![.,/]?[0-9])
      | (?P<half>(?:[ \t]+and[ \t]+|-and-)(?:an?|one)[ \t-]half\b) )?
"""
SCALED = rf"""
    (?P<scales>(?: [ \t-]*(?i:{WORDS})s?(?![A-Za-z]) | [ \t]?[kK](?![A-Za-z0-9]) | [MB](?![A-Za-z0-9]) )*)
"""
NUMBER = f"(?P<digits>{DIGITS}){TEN}{PART}{SCALED}"
WRITTEN = re.compile(NUMBER, re.VERBOSE)
# in prose: not the digits of a word (x2, m2), nor of a unit's power (cm^2, m^-1)
IN_PROSE = re.compile(
    rf"""(?<![A-Za-z_\\^0-9])(?<!\^[-(])(?<![0-9]\.)(?P<digits>{DIGITS}){TEN}{PART}
    (?P<rest> [ \t]*/[ \t]*\(?[0-9]{{1,12}}\)?(?![.,/]?[0-9]|[ \t]*\^) | \^\(?-?[0-9]{{1,3}}\)?(?![0-9]) )?{SCALED}""",
    re.VERBOSE,
)
# possessive, for a model may write thousands of spaces after the mark
HASHES = re.compile(r"####[ \t]*+\n?+[ \t]*+(?:(?:the[ ])?(?:final[ ])?answer(?:[ ]is)?)?+[\s:=$~(-]*+(?=[.\d])",
                     re.IGNORECASE)  # fmt: skip
HEADING = re.compile(
    r"[.):]\**\s+[^\W\d_]|\)|(?:st|nd|rd|th)\b"
)  # after a number: "#### 2. Add both" is a title and no answer
# after a number: the rest of a calculation, results of it included
CALCULATED = re.compile(
    r"(?:%?+[ \t)]*+(?:[-+*/^=]|[xX](?=[ \t$(]*+[.\d]))[-$( \t]*+(?:\d[\d,]*+(?:\.\d++)?|\.\d++)%?+)++[ \t]*+\)*+"
)
GOES_ON = re.compile(rf"[ \t$]*+(?![=%)])(?P<calculation>{CALCULATED.pattern})")  # behind a box
SCALE = re.compile(rf"(?i:{WORDS})|[kKMB]")
BEHIND_A_BOX = re.compile(
    rf"[ \t$]*(?P<more>(?=[^\s$]){SCALED}[ \t]*(?:%|\^\(?-?[0-9]{{1,3}}\)?|/[0-9]+)?)", re.VERBOSE
)
SIGN = re.compile(r"(?P<lead>.*?)(?P<sign>-|\b(?:negative|minus)\b)(?P<gap>\s*)(?:\$\s*)?$", re.IGNORECASE | re.DOTALL)
BEGIN = re.compile(r"[\s$*~+\"'(\[]*(-|negative\s|minus\s)?[\s$(]*", re.IGNORECASE)
WORD = r"[^\W\d_](?:[\w'.]*\w)?\.?(?:\s*\^\s*\(?[-+]?[0-9]{1,2}\)?)?"
TOKEN = re.compile(
    rf"(?P<number>{NUMBER})|(?P<times>(?<=[0-9)\s])[xX](?=[\s$(]*[0-9.]))"
    rf"|(?P<word>(?:[/*-]\s*)?{WORD}(?:\s*[/*-]\s*{WORD})*)(?P<call>\()?"
    rf"|(?P<operator>[-+*/^()])|(?P<noise>[\s$%.,:;!?\"'\#\[\]])|(?P<other>.)",
    re.VERBOSE | re.DOTALL,
)
OPERATORS = {"negative": "-", "minus": "-", "plus": "+", "times": "*"}
SEVERAL = re.compile(r",\s|;|\bor\b|\band\b(?!\s+\(?[0-9]+/[0-9])", re.IGNORECASE)
# after a number and its unit, up to the end of the line: a second number
ANOTHER = re.compile(r"[ \t]*(?:,|;|\bor\b|\band\b)[ \t]*\$?[0-9][0-9.,]*[ \t]*$", re.MULTILINE)
REMARK = re.compile(r"\([^()]*[^\W\d_][^()]*\)")
# a number and, behind it in brackets, how it came about: 8 (5+3) is 8, and no product
EXPLAINED = re.compile(r"(?P<number>[^()=]*[0-9][^()=]*)[ ]+\((?P<how>[^()]*[0-9][ ]*[-+*/][^()]*)\)[\s.]*")
FACTORIAL = re.compile(r"!\s*[-+*/^(0-9]")
