"""Pictures of what was kept: per task, per removed layer, and along a ratio or a budget."""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.files import write_whole
from harness.report.drawable import is_interval
from harness.versions import require_extra

if TYPE_CHECKING:
    from harness.decide.cuts import Cut
    from harness.report.ladder import Climb

DPI = 130
GREY, RED, BLUE = "#888888", "#c0392b", "#2c5f8a"
HOUR = 3600  # seconds


def _start(width: float, height: float, panels: tuple[int, int] | None = None) -> tuple[Any, Any]:
    """A figure that needs no display and touches no global state; axes, or a list of them in rows and columns."""
    require_extra("report", "pictures")
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots() if panels is None else list(figure.subplots(*panels, squeeze=False).flat)


def retention_picture(path: Path, retention: Mapping[str, Mapping[str, float]], title: str) -> Path:
    """A dot with its interval for each task; the line at 1 is the unpruned model.

    Args:
        path: PNG or PDF to write.
        retention: task -> {estimate, low, high}.
        title: above the picture.
    """
    figure, axes = _start(7, 1.4 + 0.4 * len(retention))
    for row, value in enumerate(reversed(list(retention.values()))):
        colour = BLUE if value["low"] > 0.5 else RED  # noqa: PLR2004  # half the score: a colour, not a decision
        axes.plot([value["low"], value["high"]], [row, row], color=colour, linewidth=2)
        axes.plot(value["estimate"], row, "o", color=colour)
        axes.annotate(f"{value['estimate']:.2f}", (value["estimate"], row), (0, 7), textcoords="offset points",
                      ha="center", fontsize=8)  # fmt: skip
    axes.set_yticks(range(len(retention)), list(retention)[::-1])
    axes.axvline(1, color=GREY, linestyle=":", linewidth=1)
    # chance-corrected retention falls below 0
    left = min([0.0, *(value["low"] for value in retention.values())])
    right = max([1.1, *(value["high"] for value in retention.values())])
    axes.set_xlim(left - 0.05, right + 0.05)
    axes.set_ylim(-0.6, len(retention) - 0.3)
    axes.set_xlabel("retention: pruned / unpruned score, 95 % interval")
    return _save(figure, axes, path, title)


def layer_picture(path: Path, layers: Sequence[Mapping[str, Any]], title: str) -> Path:
    """Retention of reasoning and of the robust tasks after removing each layer alone, with intervals.

    Args:
        path: PNG or PDF to write.
        layers: one mapping a layer: `layer`, and `reasoning` and `robust` with estimate, low, high where known.
        title: above the picture.
    """
    figure, axes = _start(8, 3.8)
    for name, colour, marker in (("robust", BLUE, "s"), ("reasoning", RED, "o")):
        known = {row["layer"]: row[name] for row in layers if is_interval(row.get(name))}
        index, low, high = list(known), [value["low"] for value in known.values()], [v["high"] for v in known.values()]
        axes.plot(index, [value["estimate"] for value in known.values()], marker=marker, color=colour, label=name)
        axes.fill_between(index, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.axhline(1, color=GREY, linestyle=":", linewidth=1)
    axes.set_xticks([row["layer"] for row in layers])
    axes.set_xlabel("removed layer (0-based)")
    axes.set_ylabel("retention, 95 % interval")
    axes.legend(frameon=False)
    return _save(figure, axes, path, title)


def curve_picture(path: Path, points: Sequence[Mapping[str, float]], title: str, x: str, y: str) -> Path:
    """An estimate with its interval along an axis, such as the share of layers removed or the tokens of a recovery.

    Args:
        path: PNG or PDF to write.
        points: one mapping a point: x, estimate, low, high; in any order.
        title: above the picture.
        x: label of the axis, with its unit.
        y: label of the estimate, with its unit.
    """
    figure, axes = _start(7, 3.8)
    ordered = sorted(points, key=lambda point: point["x"])
    places, estimates = [point["x"] for point in ordered], [point["estimate"] for point in ordered]
    low, high = [point["low"] for point in ordered], [point["high"] for point in ordered]
    axes.plot(places, estimates, marker="o", color=BLUE)
    axes.fill_between(places, low, high, color=BLUE, alpha=0.15, linewidth=0)
    axes.axhline(1, color=GREY, linestyle=":", linewidth=1)
    axes.set_ylim(min([0.0, *low]) - 0.05, max([1.1, *high]) + 0.05)
    axes.set_xlabel(x)
    axes.set_ylabel(f"{y}, 95 % interval")
    return _save(figure, axes, path, title)


def cuts_picture(path: Path, groups: "Mapping[str, Sequence[Cut]]", keeps: float, title: str) -> Path:
    """Retention of each group of tasks against the layers that are gone, with intervals.

    Args:
        path: PNG or PDF to write.
        groups: their cuts, in order.
        keeps: the share that is wanted, a dotted line.
        title: above the picture.
    """
    figure, axes = _start(7, 3.8)
    for name, cuts in groups.items():
        layers = [cut.layers for cut in cuts]
        (line,) = axes.plot(layers, [cut.retention.estimate for cut in cuts], marker="o", label=name)
        low, high = [cut.retention.low for cut in cuts], [cut.retention.high for cut in cuts]
        axes.fill_between(layers, low, high, color=line.get_color(), alpha=0.15, linewidth=0)
    axes.axhline(keeps, color=GREY, linestyle=":", linewidth=1)
    axes.set_xticks(range(1, 1 + max(len(cuts) for cuts in groups.values())))
    axes.set_xlabel("layers removed")
    axes.set_ylabel("retention, 95 % over all groups")
    axes.legend(frameon=False)
    return _save(figure, axes, path, title)


def ladder_picture(path: Path, climbs: "Sequence[Climb]") -> Path:
    """Effects with their intervals against parameters, a panel a claim, with the slope's line.

    Args:
        path: PNG or PDF to write.
        climbs: claims along the ladder.
    """
    columns = min(3, len(climbs))
    rows = -(-len(climbs) // columns)
    figure, axes = _start(4 * columns, 3.4 * rows, (rows, columns))
    sizes = [step.parameters for climb in climbs for step in climb.steps]
    for axis in axes[len(climbs) :]:
        axis.remove()
    for axis, climb in zip(axes, climbs, strict=False):
        known = [(step.parameters, *step.effect) for step in climb.steps if step.effect is not None]
        for parameters, estimate, low, high in known:
            axis.plot([parameters, parameters], [low, high], color=BLUE, linewidth=2)
            axis.plot(parameters, estimate, "o", color=BLUE)
        for step in climb.steps:
            if step.effect is None:
                axis.annotate("not testable", (step.parameters, 0), rotation=90, ha="center", fontsize=7, color=GREY)
                axis.plot(step.parameters, 0, "x", color=GREY)
        if climb.slope is not None:
            ends = [known[0][0], known[-1][0]]
            axis.plot(ends, [climb.slope.at(size) for size in ends], color=RED, linewidth=1)
        axis.axhline(climb.minimum, color=GREY, linestyle=":", linewidth=1)
        axis.set_xscale("log")
        axis.set_xlim(min(sizes) / 1.5, max(sizes) * 1.5)
        axis.set_xlabel("parameters")
        axis.set_ylabel("effect, 95 % interval")
        trend = climb.slope.trend if climb.slope is not None else "too few rungs"
        axis.set_title(f"{climb.claim}\n{climb.how}: {trend}", fontsize=8, loc="left")
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
    return _write(figure, path)


def machines_picture(path: Path, points: Sequence[tuple[int, float, float]]) -> Path:
    """Time against machines, with the time below which nothing gets.

    Args:
        path: PNG or PDF to write.
        points: (machines, seconds, seconds at least).
    """
    figure, axes = _start(6, 4)
    machines = [count for count, _, _ in points]
    axes.plot(machines, [seconds / HOUR for _, seconds, _ in points], "o-", color=BLUE, label="dealt out")
    axes.plot(machines, [least / HOUR for _, _, least in points], ":", color=GREY, label="at least")
    axes.set_xscale("log", base=2)
    axes.set_yscale("log")
    axes.set_xticks(machines, [str(count) for count in machines])
    axes.set_xlabel("machines")
    axes.set_ylabel("hours")
    axes.legend(frameon=False)
    return _save(figure, axes, path, "Time of the planned checks by machines")


def _save(figure: Any, axes: Any, path: Path, title: str) -> Path:  # noqa: ANN401  # matplotlib is untyped
    axes.set_title(title, fontsize=9, loc="left")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return _write(figure, path)


def _write(figure: Any, path: Path) -> Path:  # noqa: ANN401  # matplotlib is untyped
    drawn = io.BytesIO()
    undated = {"CreationDate": None, "Creator": None, "Producer": None} if path.suffix == ".pdf" else {"Software": None}
    figure.savefig(drawn, format=path.suffix[1:], dpi=DPI, metadata=undated)
    return write_whole(path, drawn.getvalue())
