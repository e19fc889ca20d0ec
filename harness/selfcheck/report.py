"""What `gpu-check` found: JSON for machines, kept up to date while it runs, and tables for people."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.errors import BadInput
from harness.files import write_whole
from harness.report.environment import environment, own_command
from harness.report.verdicts import plain
from harness.selfcheck.machine import Machine
from harness.selfcheck.measured import Measurement
from harness.selfcheck.repeatability import Repeated
from harness.selfcheck.suites import Suite
from harness.sizes import GIGABYTE, size


@dataclass
class Report:
    """Grows while the check runs; every addition is written at once, where there is a file for it."""

    path: Path | None
    minutes: float
    machine: Machine | None = None
    environment: Mapping[str, Any] = field(default_factory=dict)
    """Read once, with the machine: it asks git."""
    suites: list[Suite] = field(default_factory=list)
    measurements: list[Measurement] = field(default_factory=list)
    repeated: list[Repeated] = field(default_factory=list)
    flips: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    """What was not done, and why."""
    started: float = field(default_factory=time.monotonic)

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.minutes * 60 - (time.monotonic() - self.started)

    def add(self, part: Machine | Suite | Measurement | Repeated) -> None:
        """Keep a part."""
        match part:
            case Machine():
                self.machine, self.environment = part, environment() | {"command": own_command()}
            case Suite():
                self.suites.append(part)
            case Measurement():
                self.measurements.append(part)
            case Repeated():
                self.repeated.append(part)
        self.write()

    def write(self) -> None:
        """Write what there is.

        Raises:
            BadInput: it cannot be written.
        """
        if self.path is None:
            return
        try:
            write_whole(self.path, json.dumps(self.content(), indent=1) + "\n")
        except OSError as error:
            raise BadInput(f"--json {self.path}: cannot be written ({error.strerror}); name another file") from error

    def content(self) -> dict[str, Any]:
        """As JSON holds it; derived figures are written out."""
        rows = [
            plain(one) | {"per_second": one.per_second, "share_of_bound": one.share_of_bound}
            for one in self.measurements
        ]
        found: dict[str, Any] = plain(
            {
                "minutes": self.minutes,
                "seconds": round(time.monotonic() - self.started, 1),
                "environment": self.environment,
                "machine": self.machine,
                "suites": self.suites,
                "measurements": rows,
                "repeated": self.repeated,
                "flips": self.flips,
                "left_out": self.left_out,
            }
        )
        return found


def table(report: Report) -> str:
    """Markdown of everything. Pure but for the time."""
    parts = [_machine(report.machine)] if report.machine else []
    parts += [_suite(suite) for suite in report.suites]
    if report.measurements:
        parts.append(_measurements(report.measurements))
    if report.repeated:
        parts.append(_repeated(report.repeated))
    if report.flips:
        parts.append(_flips(report.flips))
    parts += ["Left out:\n\n" + "\n".join(f"- {line}" for line in report.left_out)] if report.left_out else []
    return "\n\n".join(parts)


def _machine(machine: Machine) -> str:
    return (
        f"{machine.name}, driver {machine.driver or 'none'}, {size(machine.memory_bytes)}: copies "
        f"{machine.bytes_per_second / 1e12:.3g} TB/s, multiplies {machine.flops / 1e12:.3g} TFLOP/s ({machine.dtype})"
    )


def _suite(suite: Suite) -> str:
    ended = "" if suite.finished else "; stopped, its time was over"
    counts = ", ".join(f"{count} {what}" for what, count in sorted(suite.outcomes.items())) or "no test reported"
    lines = [f"Checks, {suite.name}: {counts} in {suite.seconds:.0f} s{ended}.", ""]
    held = [row for row in suite.rows if row["baseline"]]
    if held:
        lines += ["| claim | here | CPU baseline |", "|---|---|---|"]
        lines += [f"| {row['claim']} | {_said(row)} | {_said(row['baseline'])} |" for row in held]
    else:
        lines.append(f"{len(suite.rows)} rows: " + ", ".join(sorted({row["verdict"] for row in suite.rows})))
    lines += [f"- {test}: {said.splitlines()[-1] if said else ''}" for test, said in suite.failures.items()]
    return "\n".join(lines)


def _said(row: Mapping[str, Any]) -> str:
    effect, verdict = row["effect"], str(row["verdict"])
    return verdict + (f" {effect['estimate']:+.3f} [{effect['low']:.3f}, {effect['high']:.3f}]" if effect else "")


def _measurements(measurements: Sequence[Measurement]) -> str:
    head = "| model | what | setting | tokens | s | tokens/s | of bound | peak GB | note |"
    lines = [head, "|---|---|---|---|---|---|---|---|---|"]
    for one in measurements:
        seconds = "" if one.seconds is None else f"{one.seconds:.3g}"
        speed = f"{one.per_second:,.0f}" if one.per_second else ""
        share = f"{one.share_of_bound:.0%}" if one.share_of_bound else ""
        peak = f"{one.peak_bytes / GIGABYTE:.1f}" if one.peak_bytes else ""
        cells = (one.model, one.what, one.setting, f"{one.tokens:,}", seconds, speed, share, peak, one.note)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _repeated(repeated: Sequence[Repeated]) -> str:
    lines = ["| model | asked again in | answers that differ | largest difference, nats | other choice |"]
    lines.append("|---|---|---|---|---|")
    for one in repeated:
        differ, other = f"{one.different} of {one.answers}", f"{one.chosen} of {one.questions}"
        lines.append(f"| {one.model} | {one.how} | {differ} | {one.largest:.2g} | {other} |")
    return "\n".join(lines)


def _flips(flips: Mapping[str, Mapping[str, float]]) -> str:
    ways = list(next(iter(flips.values())))
    lines = [f"| task of the tiny model | {' | '.join(ways)} |", "|---|" + "---|" * len(ways)]
    for task, rates in sorted(flips.items()):
        lines.append(f"| `{task}` | " + " | ".join(f"{rates[way]:.1%}" for way in ways) + " |")
    return "\n".join(lines)
