"""What is written with a number in it and is another number, or several: `double 9`, `5:30`, `0x12`, `[3,4]`. Pure."""

import re

_AROUND = 60  # characters on each side of a number
_GROUPED = r"[0-9]+(?:,[0-9]{3,})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}|[0-9]+,[0-9]{1,2}"  # 1,234  1,23,456  12,5
_BIG = (
    r"(?:years?|months?|weeks?|days?|hours?|hrs?|minutes?|mins?|feet|foot|ft|yards?|dollars?|pounds?|lbs?"
    r"|kilograms?|kg|kilometers?|km|meters?|m)"
)
_SMALL = (
    r"(?:months?|weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?|inch(?:es)?|cents?|pence|ounces?|oz|grams?|g"
    r"|meters?|m|centimeters?|cm)"
)
_LARGER = re.compile(
    rf"""
    # double 9
    (?<![\w-])(?:twice|thrice|double|triple|quadruple|half|root)
    (?:[ ](?:of|the|that|as|much|many|number|amount))*[ $(]*[0-9]
    # 20% of 50, 3 fourths of 24
  | (?:
        (?<!\w)(?:[0-9]{{1,3}}[ -])?(?:half|third|quarter|fourth|fifth|sixth|seventh|eighth|ninth|tenth|hundredth)s?
        (?![\w-])
      | [0-9]*[ ]*(?:percent|per[ ]cent|%)\)? | [0-9]*/[0-9]+\)? | square | cube
    )[ ]+of[ ]+(?:the[ ]+)?[$(]*[0-9]
    # 18 squared, and not 18 squared feet
  | [0-9][ ]*(?:squared|cubed|factorial|doubled|tripled|halved|twice)(?![\w-]|[ ]+[a-z])
    # 18 hundredths, 9 times two
  | [0-9][ ]*-?(?:ten|hundred|thousand)ths(?![\w-])
  | [0-9][ ]+(?:times|multiplied[ ]by|divided[ ]by|plus|minus)[ ]+
    (?:two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|hundred)(?![\w-]|[ ]+[a-z])
    # 2 thousand 500
  | [0-9][ ]*(?:hundred|thousand|million|billion|lakh|crore)s?,?(?:[ ]and)?[ ]+[0-9]
    # 2 hours 30 minutes
  | [0-9][ ]*{_BIG}\.?,?(?:[ ]and)?[ ]+[0-9]+(?:\.[0-9]+)?[ ]*{_SMALL}(?![\w-]|[ ](?:an?|per|each|every)\b)
    # 5:30, 2h30, 5'6, 2026-11-27, 0x12
  | [0-9][:h][0-9] | [0-9]'[0-9]{{1,2}}(?![0-9]) | (?<![0-9])[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}(?![0-9])
  | (?<![0-9.])0[xob][0-9a-f]
    # 1,2,3, and no separators of thousands
  | (?<![\w,.])(?!(?:{_GROUPED})(?![0-9]|,[0-9]))[0-9]+(?:,[0-9]+)+
    # [3,4]
  | (?![\[(][ ]*[0-9]{{1,3}}(?:,[0-9]{{3}})+[ ]*[\])])[\[(][ ]*-?[0-9.]+(?:[ ]*,[ ]*-?[0-9.]+)+[ ]*[\])]
    # 1.2.3
  | (?<![\w.])(?![0-9]{{1,3}}(?:\.[0-9]{{3}})+(?![0-9]|\.[0-9]))[0-9]+(?:\.[0-9]+){{2,}}
    """,
    re.VERBOSE | re.IGNORECASE,
)


def holds_another(text: str) -> bool:
    """Whether something in a text, in the notation of `notation.plain`, is another number than the digits in it."""
    return _LARGER.search(text) is not None


def is_part(text: str, start: int, end: int) -> bool:
    """Whether the number at `start:end` of a text is only a part of such a one."""
    first = max(0, start - _AROUND)
    around = text[first : end + _AROUND]
    return any(found.start() < end - first and start - first < found.end() for found in _LARGER.finditer(around))
