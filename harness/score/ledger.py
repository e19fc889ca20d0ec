"""What has been computed so far: deterministic counts beside wall time."""

import sys
import time
from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cost:
    """What deciding a claim took; answers read back from the store cost nothing."""

    seconds: float = 0.0
    forward_tokens: int = 0
    """Prompt tokens run through the model, padding left out."""
    generated_tokens: int = 0
    layer_forwards: int = 0
    """Calls of one decoder layer on one batch."""
    peak_memory_bytes: int = 0


@dataclass
class Ledger:
    """Running totals; `since` turns two readings into the cost of what lay between."""

    forward_tokens: int = 0
    generated_tokens: int = 0
    layer_forwards: int = 0
    started: float = field(default_factory=time.monotonic)
    others: Counter[str] = field(default_factory=Counter)
    """Answers read back that other versions or another device made: what made them, as JSON -> how often asked for."""

    def reading(self) -> Cost:
        """Everything so far."""
        return Cost(
            seconds=round(time.monotonic() - self.started, 3),
            forward_tokens=self.forward_tokens,
            generated_tokens=self.generated_tokens,
            layer_forwards=self.layer_forwards,
            peak_memory_bytes=_peak_memory(),
        )

    def since(self, before: Cost) -> Cost:
        """What was spent after `before` was read; the peak is the process's."""
        now = self.reading()
        return Cost(
            seconds=round(now.seconds - before.seconds, 3),
            forward_tokens=now.forward_tokens - before.forward_tokens,
            generated_tokens=now.generated_tokens - before.generated_tokens,
            layer_forwards=now.layer_forwards - before.layer_forwards,
            peak_memory_bytes=now.peak_memory_bytes,
        )


def _peak_memory() -> int:
    """Peak memory in bytes: the GPU's where one is in use, else this process's resident set."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_available():
        return int(torch.cuda.max_memory_allocated())
    return resident_peak()


def resident_peak() -> int:
    """Most bytes of memory that this process has had; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # not on Windows
        return 0
    unit = 1 if sys.platform == "darwin" else 1024  # Linux counts kibibytes
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
