"""Findings about the machine: processors, memory, GPUs, disks. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from harness.models.catalogue import MODELS
from harness.sizes import GIGABYTE, size
from harness.upkeep.finding import Finding
from harness.upkeep.software import CUDA_BUILD, Libraries

TINY_MEMORY = 1.5 * GIGABYTE
"""Bytes that are asked for a process of the tiny tier, training included; what it took is in docs/usage.md."""
TINY_DISK = 0.5 * GIGABYTE
"""Bytes that are asked for what the tiny tier leaves in store and report."""
BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")
"""What Linux calls a processor's products of bfloat16 numbers: of Intel and AMD, and of ARM."""
_WEIGHTS = 0.8
"""Share of a card that weights may take, so that a batch and a recovery still fit."""


@dataclass(frozen=True)
class Processors:
    """The processors that this process may use."""

    count: float
    """By affinity and by the container's quota, which may be a part of one."""
    flags: str
    """As /proc/cpuinfo lists them."""
    asked_threads: str
    """OMP_NUM_THREADS; empty where it is not set."""


@dataclass(frozen=True)
class Memory:
    """Bytes of the machine's own memory."""

    total: int
    """That this process may use, by the machine and by its container."""
    free: int


def threads_finding(processors: Processors, threads: int) -> Finding:
    """Whether torch starts more threads than there are processors for.

    Args:
        processors: of this process.
        threads: that torch starts.
    """
    asked, there = processors.asked_threads, max(1, round(processors.count))
    mend = f"export OMP_NUM_THREADS={there}"
    if asked and not (asked.isdecimal() and int(asked) > 0):
        return Finding("threads", "missing", f"OMP_NUM_THREADS is {asked!r}; expected a number of at least 1", mend)
    says = f"{threads} of torch on {processors.count:g} processors"
    if threads > there:
        return Finding("threads", "missing", f"{says}: they wait for each other", mend)
    return Finding("threads", "ok", says)


def bfloat16_finding(processors: Processors) -> Finding:
    """Whether `--dtype bfloat16` is faster on this processor than float32."""
    found = [flag for flag in processors.flags.split() if flag in BFLOAT16]
    if found:
        return Finding("bfloat16", "ok", f"the processor multiplies it ({found[0]}): --dtype bfloat16 is fast")
    return Finding("bfloat16", "cannot", "the processor has no products of it: float32, the default, is faster")


def memory_finding(memory: Memory) -> Finding:
    """Whether the tiny tier fits into memory."""
    there = f"{size(memory.free)} of {size(memory.total)} are free"
    says = f"{there}; a process of the tiny tier should have {size(TINY_MEMORY)}"
    if memory.free >= TINY_MEMORY:
        return Finding("memory", "ok", says, needed=True)
    if memory.total >= TINY_MEMORY:
        return Finding("memory", "missing", says, "end what takes the rest: ps aux --sort -rss | head", needed=True)
    return Finding("memory", "cannot", says, "give the machine, or its container, more", needed=True)


def gpu_findings(libraries: Libraries, *, card: bool, driver: bool) -> list[Finding]:
    """Each GPU, or why there is none.

    Args:
        libraries: what torch said.
        card: whether the machine has a card of NVIDIA.
        driver: whether it has a driver for it.
    """
    if libraries.gpus:
        return [
            Finding(f"gpu {place}", "ok", f"{name}, {size(free)} of {size(total)} free")
            for place, (name, total, free) in enumerate(libraries.gpus)
        ]
    if card and not driver:
        return [Finding("gpu", "missing", "a card of NVIDIA without a driver", "install NVIDIA's driver (nvidia-smi)")]
    if card and libraries.failed:
        return [Finding("gpu", "missing", "a card of NVIDIA, and no torch to use it", CUDA_BUILD)]
    if card and libraries.cuda:
        why = libraries.refused or "torch does not say why"
        says = f"a card of NVIDIA that torch, built for CUDA {libraries.cuda}, cannot use ({why})"
        return [Finding("gpu", "missing", says, "nvidia-smi shows the driver; install a newer one, or an older torch")]
    if card:
        return [Finding("gpu", "missing", "a card of NVIDIA that a torch for CPUs cannot use", CUDA_BUILD)]
    return [Finding("gpu", "cannot", "the machine has no card of NVIDIA")]


def tier_small(memory: Memory) -> Finding:
    """How large a checkpoint may be that is asked on the CPU."""
    left = memory.free - TINY_MEMORY
    if left <= 0:
        return Finding("tier small", "cannot", "no memory is left for a checkpoint's weights")
    says = (
        f"a checkpoint of up to {left / 4 / 1e9:.2g} billion parameters fits in float32, of {left / 2 / 1e9:.2g} with "
        f"--dtype bfloat16"
    )
    return Finding("tier small", "ok", says)


def tier_gpu(libraries: Libraries) -> Finding:
    """Which of the paper's models fit on the largest card."""
    if not libraries.gpus:
        return Finding("tier gpu", "cannot", "needs a GPU; what it would take on others: --plan --device-profile NAME")
    largest = max(total for _, total, _ in libraries.gpus)
    fitting = [model.name for model in MODELS if model.disk_gb * GIGABYTE <= _WEIGHTS * largest]
    if len(fitting) == len(MODELS):
        return Finding("tier gpu", "ok", f"runs: all {len(MODELS)} models of the paper fit; check: harness gpu-check")
    lacking = ", ".join(f"{model.name} ({model.disk_gb:.0f} GB)" for model in MODELS if model.name not in fitting)
    says = f"{size(largest)} are too few for the weights of {lacking}, which may take {_WEIGHTS:.0%} of a card"
    mend = " ".join(["pytest checks/ -m gpu", *(f"--model {name}" for name in fitting)]) if fitting else ""
    return Finding("tier gpu", "cannot", says, mend)


def disk_findings(free: Mapping[str, int]) -> list[Finding]:
    """Whether the places where a run leaves something have room.

    Args:
        free: place -> bytes that are free on its disk.
    """
    found = []
    for place, there in free.items():
        says = f"{size(there)} free at {place}; the tiny tier should have {size(TINY_DISK)}"
        short = there < TINY_DISK
        mend = "free space: du -xh . | sort -h | tail" if short else ""
        found.append(Finding("disk", "missing" if short else "ok", says, mend, needed=True))
    return found
