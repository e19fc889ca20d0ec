"""One measurement: what was done, how long it took, how long it must take at least, and how much memory it needed."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.score.cost import now
from harness.selfcheck.machine import Machine

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class Work:
    """What was done, by counts."""

    tokens: int
    """Each counted once, however often it is computed."""
    flops: float = 0.0
    """Fewest operations."""
    bytes: float = 0.0
    """Fewest bytes read."""
    note: str = ""


@dataclass(frozen=True)
class Measurement:
    """A line of the report."""

    model: str
    what: str
    setting: str
    tokens: int = 0
    seconds: float | None = None
    """None where it was not finished."""
    least_seconds: float | None = None
    """By the machine's measured rates."""
    peak_bytes: int | None = None
    """Most memory of the device that was in use; None on a CPU."""
    note: str = ""
    failed: bool = False
    """Whether it ended as nothing should, by neither memory nor a refusal."""

    @property
    def per_second(self) -> float | None:
        """Tokens per second."""
        return self.tokens / self.seconds if self.seconds else None

    @property
    def share_of_bound(self) -> float | None:
        """Least time as a share of the time taken, at most 1 on a machine that keeps its measured rates."""
        return self.least_seconds / self.seconds if self.seconds and self.least_seconds else None


class Bench:
    """Times work on one device and keeps every measurement, the failed ones too, as soon as it is there."""

    def __init__(self, machine: Machine, keep: Callable[[Measurement], object]) -> None:
        """`keep` is told each measurement."""
        self.machine, self.keep = machine, keep

    def measure(
        self, model: str, what: str, setting: str, work: Callable[[], Work | tuple[Work, float]]
    ) -> Measurement:
        """Do a piece of work once; where it does not fit into memory, or is refused, that is the result.

        Args:
            model: whose.
            what: the kind of work.
            setting: its sizes, in words.
            work: does it and says what it did; with seconds beside it where only a part of it counts.
        """
        import torch

        where = torch.device(self.machine.kind)
        with _memory(where) as peak:
            tokens, least, failed = 0, 0.0, False
            seconds: float | None = None
            start = now(where)
            try:
                done = work()
                taken = now(where) - start
                found, seconds = done if isinstance(done, tuple) else (done, taken)
                least = max(found.flops / self.machine.flops, found.bytes / self.machine.bytes_per_second)
                note, tokens = found.note, found.tokens
            except torch.OutOfMemoryError:
                note = "does not fit into the device's memory"
            except BadInput as error:
                note = str(error)
            except Exception as error:  # noqa: BLE001  # nothing that one kind of work meets may lose the others
                note, failed = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}", True
            measurement = Measurement(model, what, setting, tokens, seconds, least or None, peak(), note, failed)
        self.keep(measurement)
        return measurement


@contextmanager
def _memory(where: "torch.device") -> Iterator[Callable[[], int | None]]:
    """While open, the peak of the device's memory is counted anew; what was left over is given back."""
    import torch

    empty_memory()
    if where.type != "cuda":
        yield lambda: None
        return
    torch.cuda.reset_peak_memory_stats(where)
    yield lambda: int(torch.cuda.max_memory_allocated(where))


def empty_memory() -> None:
    """Give back what nothing refers to any longer."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
