"""Bounds on a stranger's program that runs in this process, as a chat template does: its steps and its memory.

Neither is a clock, so that a slow machine refuses nothing.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

STEPS = 3_000_000  # lines of Python; Llama 3.2's published template takes under 200,000, its compilation included
MEMORY = 256 * 2**20  # bytes of address space beyond what the process has; a template's own needs are a few MB


@contextmanager
def bounded() -> Iterator[None]:
    """End what runs longer than STEPS lines of Python, or takes more than MEMORY.

    One operation may take any number of bytes without a second line, so the kernel refuses them. Where it keeps no
    such account (macOS, Windows) steps alone are bounded.

    Raises:
        TimeoutError: too many steps.
        MemoryError: too much memory.
    """
    with _counted(), _limited():
        try:
            yield
        except MemoryError:
            raise MemoryError(f"it takes more than {MEMORY / 2**20:.0f} MiB") from None


@contextmanager
def _counted() -> Iterator[None]:
    left = STEPS

    def count(_: "FrameType", __: str, ___: object) -> Any:  # noqa: ANN401  # a trace function gives the next one
        nonlocal left
        left -= 1
        if left < 0:
            raise TimeoutError(f"it does not end within {STEPS:,} steps")
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def _limited() -> Iterator[None]:
    taken = Path("/proc/self/statm")
    if not taken.exists():
        yield
        return
    import resource  # here, so that this module is imported where there is no such thing

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = int(taken.read_text(encoding="ascii").split()[0]) * resource.getpagesize() + MEMORY
    allowed = min(limit for limit in (soft, most) if limit != resource.RLIM_INFINITY)
    resource.setrlimit(resource.RLIMIT_AS, (allowed, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
