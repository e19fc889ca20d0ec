"""Two ways to do the same work, by turns: each once under count, then both on the clock, nobody always first.

The machine may be shared and its speed may drift, so what is said is the ratio of neighbours, the median over turns.
The peer has its best setting of those tried.
"""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.bench.counts import Counts, counted, peak_memory
from harness.bench.setting import Setting
from harness.errors import BadInput
from harness.score.cost import now
from harness.score.packed import packs
from harness.selfcheck.measured import empty_memory

ENOUGH = 60.0
"""Seconds of turns after which no further one is begun."""
Observed = tuple[Any, tuple[float, Counts, int]]
Differs = Callable[[Any, Any], str]
"""How the peer's answers differ from ours, in words; empty where they agree."""


@dataclass(frozen=True)
class Work:
    """One way to do it."""

    setting: str
    """In words, such as `batch 16`."""
    do: Callable[[], Any]
    """Answers, the same at every call."""
    needed: int = 0
    """Tokens that this way must run without any padding; 0 where nobody knows."""
    writes: bool = False
    """Whether it writes tokens one after the other."""


@dataclass(frozen=True)
class Side:
    """What one of the two took."""

    setting: str
    seconds: float
    """Median over turns."""
    counts: Mapping[str, float]
    flops: float
    peak_bytes: int
    cpu_seconds: float = 0.0
    """Of this process's processors, all threads together, median over turns: what else runs on them counts less."""

    @property
    def flops_per_second(self) -> float:
        """Operations per second, as counted."""
        return self.flops / self.seconds if self.seconds else 0.0


@dataclass(frozen=True)
class Compared:
    """A row, or a part of one."""

    name: str
    peer: str
    ratio: float
    """Times that ours is faster."""
    equal: bool
    ours: Side
    theirs: Side
    differs: str = ""
    """How the answers differ."""
    ratios: Sequence[float] = ()
    """Of each turn."""
    tried: Mapping[str, float] = field(default_factory=dict)
    """Seconds of the peer's settings."""
    parts: "Sequence[Compared]" = ()


def compare(setting: Setting, name: str, peer: str, ours: Work, theirs: Sequence[Work], differs: Differs) -> Compared:
    """Do both by turns.

    Args:
        setting: the model and the machine.
        name: of the row or part.
        peer: what people use instead.
        ours: the way of this package.
        theirs: the peer's, in several settings, of which the fastest counts.
        differs: compares the answers.

    Raises:
        BadInput: none of the peer's settings fits into memory.
    """
    packs(setting.loaded.model)  # asked once of every model, as is what else it can do, which is nobody's cost
    mine, (alone, counts, peak) = _observed(setting, ours)
    setting.tell(f"{name}: once, under count: {alone:.1f} s ours")  # what is stopped has said what it found so far
    tried = []
    for way in theirs:
        if (seen := _fitting(setting, way)) is not None:
            setting.tell(f"{name}: once, under count: {seen[1][0]:.1f} s {peer} {way.setting}")
            tried.append((way, seen))
    if not tried:
        raise BadInput(f"{peer} does not fit into memory in any setting; ask fewer --items")
    work, (their_answers, (_, their_counts, their_peak)) = min(tried, key=lambda one: one[1][1][0])
    pairs: list[tuple[_Time, _Time]] = []
    while len(pairs) < setting.turns and sum(one.seconds for pair in pairs for one in pair) < ENOUGH:
        if len(pairs) % 2:  # nobody is always first
            first = _timed(setting, ours)
            pairs.append((first, _timed(setting, work)))
        else:
            second = _timed(setting, work)
            pairs.append((_timed(setting, ours), second))
        setting.tell(f"{name}: turn {len(pairs)}: {pairs[-1][1].seconds / pairs[-1][0].seconds:.2f}")
    said = differs(mine, their_answers)
    ratios = [second.seconds / first.seconds for first, second in pairs]
    setting.tell(f"{name}: {statistics.median(ratios):.2f} ({len(pairs)} turns, {peer} {work.setting})")
    return Compared(
        name, peer, statistics.median(ratios), not said,
        _side(setting, ours, [first for first, _ in pairs], counts, peak),
        _side(setting, work, [second for _, second in pairs], their_counts, their_peak),
        said, ratios, {one.setting: seen[1][0] for one, seen in tried},
    )  # fmt: skip


def batch_sizes(known: Sequence[int], rows: int) -> list[int]:
    """Those of increasing batch sizes that make other batches of so many rows than the one before."""
    return [size for place, size in enumerate(known) if not place or known[place - 1] < rows]


def together(name: str, parts: Sequence[Compared]) -> Compared:
    """Several comparisons as one row: all that one side took, over all that the other did."""
    ours, theirs = _sum([part.ours for part in parts]), _sum([part.theirs for part in parts])
    differs = "; ".join(f"{part.name}: {part.differs}" for part in parts if part.differs)
    return Compared(name, parts[0].peer, theirs.seconds / ours.seconds, not differs, ours, theirs, differs, parts=parts)


def _sum(sides: Sequence[Side]) -> Side:
    names = dict.fromkeys(name for side in sides for name in side.counts)
    totals = {name: sum(side.counts.get(name, 0) for side in sides) for name in names}
    if "needed_tokens" in totals:
        totals["padded_share"] = _padded(totals)
    settings = ", ".join(dict.fromkeys(side.setting for side in sides))
    return Side(
        settings, sum(side.seconds for side in sides), totals, sum(side.flops for side in sides),
        max(side.peak_bytes for side in sides), sum(side.cpu_seconds for side in sides),
    )  # fmt: skip


def _padded(counts: Mapping[str, float]) -> float:
    return round(1 - counts["needed_tokens"] / counts["prefilled_tokens"], 4)


def _fitting(setting: Setting, work: Work) -> Observed | None:
    """As `_observed`; None where it does not fit into memory."""
    import torch

    try:
        return _observed(setting, work)
    except torch.OutOfMemoryError:
        empty_memory()
        return None


def _observed(setting: Setting, work: Work) -> Observed:
    """Answers, and seconds, counts and peak memory of the first time, which chooses kernels and takes memory."""
    model = setting.loaded.model
    with peak_memory(model.device) as peak, counted(model, writes=work.writes) as counts:
        start = now(model.device)
        answers = work.do()
        seconds = now(model.device) - start
        return answers, (seconds, counts, peak())


@dataclass(frozen=True)
class _Time:
    seconds: float
    cpu: float


def _timed(setting: Setting, work: Work) -> _Time:
    start, cpu = now(setting.loaded.model.device), time.process_time()
    work.do()
    return _Time(now(setting.loaded.model.device) - start, time.process_time() - cpu)


def _side(setting: Setting, work: Work, times: Sequence[_Time], counts: Counts, peak: int) -> Side:
    found: dict[str, float] = {name: value for name, value in vars(counts).items() if value}
    if work.needed:
        found["needed_tokens"] = work.needed
        found["padded_share"] = _padded(found)
    seconds, cpu = (statistics.median(each) for each in zip(*((one.seconds, one.cpu) for one in times), strict=True))
    return Side(work.setting, seconds, found, counts.flops(setting.shape), peak, cpu)
