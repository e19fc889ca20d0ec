"""What a machine can do at most, measured: how fast it copies memory and multiplies matrices."""

import functools
import statistics
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.models.load import device
from harness.recover.memory import memory_of
from harness.score.cost import now

if TYPE_CHECKING:
    import torch

REPEATS = 7
_COPIED = {"cuda": 4 * 2**30, "cpu": 64 * 2**20}  # bytes; several times a cache
_SIDE = {"cuda": 8192, "cpu": 512}  # of square matrices


@dataclass(frozen=True)
class Machine:
    """The two ceilings that every other time is set beside."""

    name: str
    kind: str
    """`cuda` or `cpu`."""
    memory_bytes: int
    driver: str | None
    dtype: str
    """Of the matrices."""
    bytes_per_second: float
    """Read and written by a copy from device memory to device memory."""
    flops: float
    """Floating-point operations per second of a square matrix product of random numbers."""


def measure_machine(dtype: "torch.dtype | None" = None) -> Machine:
    """Measure the default device; takes about a second.

    Args:
        dtype: of the matrices; None: bfloat16 on a GPU, float32 on a CPU.
    """
    import torch

    kind = device()
    where = torch.device(kind)
    dtype = dtype or (torch.bfloat16 if kind == "cuda" else torch.float32)
    generator = torch.Generator(where).manual_seed(0)
    source = torch.empty(_COPIED[kind], dtype=torch.uint8, device=where)
    target = torch.empty_like(source)
    copied = 2 * source.nbytes / median_seconds(functools.partial(target.copy_, source), where)
    del source, target
    side = _SIDE[kind]
    left, right = (torch.randn(side, side, generator=generator, dtype=dtype, device=where) for _ in range(2))
    multiplied = 2 * side**3 / median_seconds(lambda: left @ right, where)
    name = torch.cuda.get_device_name() if kind == "cuda" else "cpu"
    return Machine(name, kind, memory_of(where), _driver(kind), str(dtype).removeprefix("torch."), copied, multiplied)


def median_seconds(work: Callable[[], object], where: "torch.device", repeats: int = REPEATS) -> float:
    """Median time of `work`, after two times that do not count."""
    times = []
    for number in range(repeats + 2):
        start = now(where)
        work()
        if number > 1:
            times.append(now(where) - start)
    return statistics.median(times)


def _driver(kind: str) -> str | None:
    """The NVIDIA driver's version; None where there is none or it does not tell."""
    if kind != "cuda":
        return None
    try:
        return subprocess.run(
            ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"],  # noqa: S607  # wherever it is
            capture_output=True, text=True, check=True, timeout=20,
        ).stdout.splitlines()[0].strip()  # fmt: skip
    except (OSError, subprocess.SubprocessError, IndexError):
        return None
