"""What a benchmark found: JSON for machines, kept up to date while it runs, and lines for people."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.bench.turns import Compared, Side
from harness.files import write_whole
from harness.report.verdicts import plain
from harness.selfcheck.machine import Machine
from harness.sizes import size

WIDTHS = (34, 8, 6, 10, 10, 17, 19, 8, 14, 22)
HEAD = ("", "ratio", "equal", "ours", "peer", "layer passes", "tokens", "padded", "of GEMM peak", "peak memory")


@dataclass
class Report:
    """Grows while the benchmark runs."""

    path: Path | None
    machine: Machine
    about: Mapping[str, Any]
    """Model, items, threads, versions."""
    rows: list[Compared] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    """Row -> why it cannot be had here."""

    @property
    def opening(self) -> str:
        """What all rows were measured on."""
        return (
            f"{self.about['model']}, {self.about['items']} items per task, {self.about['dtype']}, "
            f"{self.about['threads']} threads; {self.machine.name} multiplies {self.machine.flops / 1e9:,.0f} GFLOP/s; "
            f"where a cell holds two figures, the second is the peer's"
        )

    def add(self, found: Compared) -> None:
        """Keep a row."""
        self.rows.append(found)
        self.write()

    def leave_out(self, name: str, why: str) -> None:
        """Keep why a row is missing."""
        self.left_out[name] = why
        self.write()

    def write(self) -> None:
        """Write what there is, where there is a file for it.

        Raises:
            OSError: it cannot be written.
        """
        if self.path is not None:
            write_whole(self.path, json.dumps(self.content(), indent=1, allow_nan=False) + "\n")

    def content(self) -> dict[str, Any]:
        """As JSON holds it."""
        rows = [_row(found, self.machine) for found in self.rows]
        found: dict[str, Any] = plain(
            {"rows": rows, "left_out": self.left_out, "gemm_gflops": self.machine.flops / 1e9, **self.about}
        )
        return found


def _row(found: Compared, machine: Machine) -> dict[str, Any]:
    return {
        "name": found.name,
        "peer": f"{found.peer}, {found.theirs.setting}",
        "ratio": found.ratio,
        "equal": found.equal,
        "ours_seconds": found.ours.seconds,
        "peer_seconds": found.theirs.seconds,
        "ours_cpu_seconds": found.ours.cpu_seconds,
        "peer_cpu_seconds": found.theirs.cpu_seconds,
        "counts": found.ours.counts,
        "peer_counts": found.theirs.counts,
        "gemm_share": _share(found.ours, machine),
        "peer_gemm_share": _share(found.theirs, machine),
        "peak_bytes": found.ours.peak_bytes,
        "peer_peak_bytes": found.theirs.peak_bytes,
        "differs": found.differs,
        "ratios": found.ratios,
        "tried": found.tried,
        "parts": [_row(part, machine) for part in found.parts],
    }


def _share(side: Side, machine: Machine) -> float:
    return side.flops_per_second / machine.flops


def head() -> str:
    """The titles of `lines`; where a cell holds two figures, the second is the peer's."""
    return _line(HEAD)


def lines(found: Compared, machine: Machine) -> Iterator[str]:
    """A row for people, its parts behind it."""
    for part in (found, *found.parts):
        name = part.name if part is found else f"  {part.name}"
        yield _line(
            (
                name,
                f"{part.ratio:.2f}",
                "yes" if part.equal else "NO",
                f"{part.ours.seconds:.3g} s",
                f"{part.theirs.seconds:.3g} s",
                _both(part, "layer_passes"),
                _both(part, "prefilled_tokens"),
                _percent(part.ours.counts.get("padded_share")),
                f"{_share(part.ours, machine):.0%} | {_share(part.theirs, machine):.0%}" if part.ours.flops else "",
                f"{size(part.ours.peak_bytes)} | {size(part.theirs.peak_bytes)}" if part.ours.peak_bytes else "",
            )
        ) + ("" if part.parts else f"  {part.peer}, {part.theirs.setting}")
        if part.differs and not part.parts:
            yield f"    differs: {part.differs}"


def _both(part: Compared, name: str) -> str:
    if name not in part.ours.counts:
        return ""
    return f"{part.ours.counts[name]:,.0f} | {part.theirs.counts.get(name, 0):,.0f}"


def _percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def _line(cells: tuple[str, ...]) -> str:
    return "".join(
        f"{cell:<{width}}" if place == 0 else f"{cell:>{width}}"
        for place, (cell, width) in enumerate(zip(cells, WIDTHS, strict=True))
    )
