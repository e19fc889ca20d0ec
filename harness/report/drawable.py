"""What of a row's measurements can be drawn, as far as plots can take it: retention, layers, effects, curve. Pure.

A claim of one's own may measure anything under these names, and what is undefined is null in a file; neither may cost a
run its page.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any

FIGURES = ("estimate", "low", "high")


def drawable(measurements: Mapping[str, Any], *, undefined: bool = False) -> dict[str, Any]:
    """The parts that can be drawn, by name; what nothing is left of is not in it.

    Args:
        measurements: of a row.
        undefined: whether tasks whose retention is undefined keep their place.
    """
    names = ("retention", "layers", "effects", "curve")
    retention, layers, effects, curve = (measurements.get(name) for name in names)
    found: dict[str, Any] = {}
    if isinstance(retention, Mapping):
        found["retention"] = {
            name: value
            for name, value in retention.items()
            if is_interval(value) or (undefined and isinstance(value, Mapping) and value.keys() >= set(FIGURES))
        }
    if isinstance(layers, (list, tuple)):
        found["layers"] = [
            row
            for row in layers
            if isinstance(row, Mapping) and _is_number(row.get("layer")) and any(map(is_interval, row.values()))
        ]
    if isinstance(effects, (list, tuple)):
        found["effects"] = [row for row in effects if is_interval(row) and _is_number(row.get("layer"))]
    if isinstance(curve, Mapping) and {"x", "y"} <= curve.keys() and isinstance(curve.get("points"), (list, tuple)):
        points = [point for point in curve["points"] if is_interval(point) and _is_number(point.get("x"))]
        found["curve"] = {"x": str(curve["x"]), "y": str(curve["y"]), "points": points} if points else {}
    return {name: value for name, value in found.items() if value}


def is_interval(value: object) -> bool:
    """Whether it has an estimate and both ends, all of them known."""
    return isinstance(value, Mapping) and all(_is_number(value.get(name)) for name in FIGURES)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and isfinite(value)
