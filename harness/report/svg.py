"""Plots of the HTML page as inline SVG. Pure.

Colours are classes of the page's style sheet, so that light, dark and print have their own.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from harness.decide.digits import in_words
from harness.report.drawable import is_interval

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 150, 16, 12, 44
FOREST_WIDTH, FOREST_HEIGHT = 240, 30
CLIPPED = (-1.0, 2.0)
"""What a forest plot shows at most."""
_ROOM = 3
"""Times the span of the estimates that an axis goes beyond them: a base near guessing has intervals without end."""
TICKS = 5
_STEPS = (1, 2, 5, 10)


def reach(rows: Sequence[Mapping[str, Any]]) -> tuple[float, float]:
    """The common axis of the forest plots of rows of `verdicts.json`."""
    shown = [row["effect"] for row in rows if row["effect"]]
    ends = [value for effect in shown for value in (effect["low"], effect["high"]) if value is not None]
    return max(CLIPPED[0], min([0.0, *ends])), min(CLIPPED[1], max([1.0, *ends]))


def forest(row: Mapping[str, Any], low: float, high: float) -> str:
    """A small plot: interval, estimate, the minimum (dashed), the paper's figure (diamond); "" without an effect.

    Args:
        row: of `verdicts.json`.
        low: where the axis begins.
        high: where it ends; the figures of what is cut stand beside it.
    """
    if not row["effect"]:
        return ""
    effect, paper, middle = row["effect"], row["paper"].get("number"), FOREST_HEIGHT / 2

    def x(value: float) -> float:
        inside = min(high, max(low, value))
        return round(6 + (FOREST_WIDTH - 12) * (inside - low) / (high - low), 1)

    parts = [_line(x(0), 3, x(0), FOREST_HEIGHT - 3, "axis")]
    parts.append(_line(x(row["minimum"]), 3, x(row["minimum"]), FOREST_HEIGHT - 3, "minimum"))
    if None not in (effect["low"], effect["high"]):
        parts.append(_line(x(effect["low"]), middle, x(effect["high"]), middle, "interval"))
    if effect["estimate"] is not None:
        parts.append(f'<circle class="estimate" cx="{x(effect["estimate"])}" cy="{middle}" r="4"/>')
    if paper is not None:
        parts.append(_diamond(x(paper), middle))
    said = f"{shown(effect, row['minimum'])}, minimum {row['minimum']:g}"
    said += f"; the paper's {paper:g}" if paper is not None else ""
    return _svg(FOREST_WIDTH, FOREST_HEIGHT, parts, said)


def dots(
    values: Mapping[str, Mapping[str, float]],
    label: str,
    minimum: float | None = None,
    paper: Mapping[str, Sequence[float]] | None = None,
) -> str:
    """A dot with its interval for each name; the line at 1 is the unpruned model, the dashed one the minimum.

    Args:
        values: name -> estimate, low, high.
        label: of the axis, with the unit.
        minimum: what the values are held against.
        paper: name -> the paper's own values.
    """
    height, paper = TOP + BOTTOM + 26 * len(values), paper or {}
    theirs = [value for each in paper.values() for value in each]
    known = [value for value in values.values() if is_interval(value)]
    low, high = _axis(known, theirs)
    at = {"whole": 1.0} | ({} if minimum is None else {"minimum": minimum})
    parts = _x_axis(low, high, height, label)
    parts += [_line(_x(x, low, high), TOP, _x(x, low, high), height - BOTTOM, kind) for kind, x in at.items()]
    for place, (name, value) in enumerate(values.items()):
        y = TOP + 13 + 26 * place
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{escape(name)}</text>')
        if is_interval(value):
            parts.append(_line(_x(value["low"], low, high), y, _x(value["high"], low, high), y, "interval"))
            parts.append(f'<circle class="estimate" cx="{_x(value["estimate"], low, high)}" cy="{y}" r="4"/>')
        parts += [_diamond(_x(one, low, high), y) for one in paper.get(name, ())]
    return _svg(WIDTH, height, parts, "; ".join(f"{name} {shown(value)}" for name, value in values.items()))


def lines(
    series: Mapping[str, Sequence[Mapping[str, float]]],
    x_label: str,
    y_label: str,
    minimum: float | None = None,
    paper: Mapping[str, Sequence[tuple[float, float]]] | None = None,
) -> str:
    """Estimates with their intervals along an axis, a line for each name; the line at 1 is the unpruned model.

    Args:
        series: name -> points with x, estimate, low, high, in any order; at most four names.
        x_label: of the horizontal axis, with the unit.
        y_label: of the other, with the unit.
        minimum: what the values are held against, dashed.
        paper: name -> the paper's own values, (x, value).
    """
    paper = paper or {}
    points = [point for each in series.values() for point in each if is_interval(point)]
    theirs = [point for each in paper.values() for point in each]
    if not points and not theirs:
        return ""
    along = [*(point["x"] for point in points), *(x for x, _ in theirs)]
    left, right = min(along), max(along)
    low, high = _axis(points, [value for _, value in theirs])

    def x(value: float) -> float:
        return _x(value, left, right) if right > left else _x(0.5, 0, 1)

    def y(value: float) -> float:
        inside = min(high, max(low, value))
        return round(HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (inside - low) / (high - low), 1)

    whole = all(float(at).is_integer() for at in along)
    parts = _x_axis(left, right, HEIGHT, x_label, whole=whole)
    for tick in ticks(low, high):
        parts.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4}" text-anchor="end">{tick:g}</text>')
        parts.append(_line(LEFT, y(tick), WIDTH - RIGHT, y(tick), "grid"))
    parts.append(_line(LEFT, y(1), WIDTH - RIGHT, y(1), "whole"))
    parts += [] if minimum is None else [_line(LEFT, y(minimum), WIDTH - RIGHT, y(minimum), "minimum")]
    parts.append(f'<text class="label" x="8" y="{TOP + 8}">{escape(y_label)}</text>')
    for place, (name, each) in enumerate(series.items()):
        ordered = sorted((point for point in each if is_interval(point)), key=lambda point: point["x"])
        up = " ".join(f"{x(point['x'])},{y(point['high'])}" for point in ordered)
        down = " ".join(f"{x(point['x'])},{y(point['low'])}" for point in reversed(ordered))
        path = " ".join(f"{x(point['x'])},{y(point['estimate'])}" for point in ordered)
        if ordered:
            parts.append(f'<polygon class="band series{place}" points="{up} {down}"/>')
            parts.append(f'<polyline class="path series{place}" points="{path}"/>')
        parts += [
            f'<circle class="estimate series{place}" cx="{x(point["x"])}" cy="{y(point["estimate"])}" r="3"/>'
            for point in ordered
        ]
        if len(ordered) == 1:  # a band without width
            at = x(ordered[0]["x"])
            parts.append(_line(at, y(ordered[0]["low"]), at, y(ordered[0]["high"]), f"interval series{place}"))
        parts += [_diamond(x(at), y(value), f" series{place}") for at, value in paper.get(name, ())]
        if len(series) > 1:
            parts.append(f'<text class="series{place}" x="8" y="{TOP + 28 + 16 * place}">{escape(name)}</text>')
    return _svg(WIDTH, HEIGHT, parts, f"{y_label} by {x_label}")


def ticks(low: float, high: float, *, whole: bool = False) -> list[float]:
    """About TICKS round numbers from `low` to `high`, at least one; whole numbers where only those exist."""
    if high <= low:
        return [low]
    raw = (high - low) / TICKS
    unit = 10.0 ** len(str(int(raw))) / 10 if raw >= 1 else 10.0 ** -_zeros(raw)
    step = next((unit * times for times in _STEPS if unit * times >= raw), unit * _STEPS[-1])
    step = max(1.0, round(step)) if whole else step
    first = -(-low // step)
    found = [round(step * (first + place), 10) for place in range(int((high - first * step) / step + 1e-9) + 1)]
    return found or [low]


def _zeros(small: float) -> int:
    places = 0
    while small < 1:
        small, places = small * 10, places + 1
    return places


def _axis(known: Sequence[Mapping[str, float]], theirs: Sequence[float]) -> tuple[float, float]:
    """From where to where the values with their intervals reach, 0 and 1 among them."""
    middle = [0.0, 1.0, *theirs, *(value["estimate"] for value in known)]
    room = _ROOM * (max(middle) - min(middle))
    low = max(min(middle) - room, min([0.0, *theirs, *(value["low"] for value in known)]))
    return low, min(max(middle) + room, max([1.05, *theirs, *(value["high"] for value in known)]))


def _x_axis(low: float, high: float, height: float, label: str, *, whole: bool = False) -> list[str]:
    bottom = height - BOTTOM
    parts = [_line(LEFT, bottom, WIDTH - RIGHT, bottom, "axis")]
    for tick in ticks(low, high, whole=whole):
        at = _x(tick, low, high) if high > low else _x(0.5, 0, 1)
        parts.append(_line(at, bottom, at, bottom + 4, "axis"))
        parts.append(f'<text x="{at}" y="{bottom + 18}" text-anchor="middle">{tick:g}</text>')
    parts.append(
        f'<text class="label" x="{(LEFT + WIDTH) / 2}" y="{height - 6}" text-anchor="middle">{escape(label)}</text>'
    )
    return parts


def _x(value: float, low: float, high: float) -> float:
    inside = min(high, max(low, value))
    return round(LEFT + 6 + (WIDTH - RIGHT - LEFT - 12) * (inside - low) / (high - low), 1)


def shown(value: Mapping[str, float | None], beside: float | None = None) -> str:
    """An estimate with its interval in a sentence, with digits enough to see on which side of `beside` it lies."""
    return in_words(value.get("estimate"), value.get("low"), value.get("high"), beside)


def _diamond(x: float, y: float, kind: str = "") -> str:
    """The paper's own value."""
    return f'<path class="paper{kind}" d="M{x} {y - 6}l6 6l-6 6l-6 -6z"/>'


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> str:
    return f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _svg(width: float, height: float, parts: Sequence[str], said: str) -> str:
    body = "".join(parts)
    size = f'viewBox="0 0 {width} {height}" width="{width}" height="{height}"'
    return f'<svg {size} role="img" aria-label="{escape(said)}">{body}</svg>'
