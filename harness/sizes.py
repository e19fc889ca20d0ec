"""Numbers of bytes as people read them."""

GIGABYTE = 1e9
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_STEP = 1000


def size(count: float) -> str:
    """A number of bytes in the unit, powers of ten, in which it has one to three digits before the point: `9.74 MB`."""
    number, place = float(count), 0
    while abs(number) >= _STEP - 0.5 and place < len(_UNITS) - 1:  # 999.6 would be written as 1e+03
        number, place = number / _STEP, place + 1
    return f"{number:.0f} {_UNITS[place]}" if number >= _STEP / 10 else f"{number:.3g} {_UNITS[place]}"
