"""Numbers of bytes as people read them."""

from pathlib import Path

GIGABYTE = 1e9
_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_STEP = 1000


def size(count: float) -> str:
    """A number of bytes in the unit, powers of ten, in which it has one to three digits before the point: `9.74 MB`."""
    number, place = float(count), 0
    while abs(number) >= _STEP - 0.5 and place < len(_UNITS) - 1:  # 999.6 would be written as 1e+03
        number, place = number / _STEP, place + 1
    return f"{number:.0f} {_UNITS[place]}" if number >= _STEP / 10 else f"{number:.3g} {_UNITS[place]}"


def on_disk(reference: str) -> int:
    """Bytes of a model's weight files, of a folder or a single one; 0 where they are not here."""
    folder = Path(reference)
    files = folder.glob("*.safetensors") if folder.is_dir() else [folder] if folder.is_file() else []
    return sum(path.stat().st_size for path in files)
