"""The edge of `doctor`: asks the machine; what its answers mean is decided in `software` and `hardware`."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path

from harness.errors import BadInput
from harness.upkeep.folders import text_of, there
from harness.upkeep.hardware import Memory, Processors
from harness.upkeep.software import Libraries
from harness.versions import DISTRIBUTION

_ROOT = Path(__file__).parents[2]
_SECONDS = 90.0  # for torch and transformers from a cold disk
_ANSWER = 3.0  # seconds that the hub has
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE", "HF_DATASETS_OFFLINE")
_CGROUP = Path("/sys/fs/cgroup")


def requirements() -> tuple[str, list[str], list[str]]:
    """The least Python, what must be installed, and the names of the extras.

    As the installed package says it, else the checkout.
    """
    try:
        told = metadata(DISTRIBUTION)
        return (
            told["Requires-Python"].lstrip(">= "),
            list(requires(DISTRIBUTION) or ()),
            told.get_all("Provides-Extra", []),
        )
    except PackageNotFoundError:
        import tomllib

        project = tomllib.loads((_ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        extras = project.get("optional-dependencies", {})
        of_extras = [f"{one}; extra == '{name}'" for name, needed in extras.items() for one in needed]
        return project["requires-python"].lstrip(">= "), [*project["dependencies"], *of_extras], list(extras)


def libraries(model_type: str = "", command: Sequence[str] | None = None, seconds: float = _SECONDS) -> Libraries:
    """What torch and transformers say, asked in a process of its own.

    Args:
        model_type: of a config that transformers should know; empty: of none.
        command: that asks; None: `upkeep/libraries.py` with this Python.
        seconds: that it may take.
    """
    program = Path(__file__).with_name("libraries.py")
    asked = command or (sys.executable, "-P", str(program), model_type)
    try:
        done = subprocess.run(  # noqa: S603  # our own program
            asked, capture_output=True, text=True, check=False, timeout=seconds, errors="replace"
        )
    except subprocess.TimeoutExpired:
        return Libraries(failed=f"no answer within {seconds:.0f} s")
    last = (done.stdout.strip().splitlines() or [""])[-1]
    try:
        told = json.loads(last) if done.returncode == 0 else None
    except ValueError:
        told = None
    if not isinstance(told, dict):
        why = (done.stderr.strip().splitlines() or [f"it ended with exit code {done.returncode}"])[-1]
        return Libraries(failed=why[:200])
    return Libraries(**{**told, "gpus": tuple((name, total, free) for name, total, free in told["gpus"])})


def processors() -> Processors:
    """Of this process: by its affinity and its container's quota."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = quota_of(text_of(_CGROUP / "cpu.max"))
    flags = next(
        (
            line
            for line in text_of(Path("/proc/cpuinfo")).splitlines()
            if line.lower().startswith(("flags", "features"))
        ),
        "",
    )
    return Processors(min(allowed, quota or allowed), flags.partition(":")[2], os.environ.get("OMP_NUM_THREADS", ""))


def quota_of(text: str) -> float | None:
    """Processors of a container, from its `cpu.max`; None where it has no quota. Pure."""
    quota, _, period = text.partition(" ")
    return int(quota) / int(period) if quota.isdecimal() and period.strip().isdecimal() else None


def memory() -> Memory:
    """Of the machine and its container."""
    from harness.recover.memory import LIMITS

    told = memory_of(text_of(Path("/proc/meminfo")))
    if told is None:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        told = Memory(total, total)
    used = text_of(_CGROUP / "memory.current")
    for path in LIMITS:
        limit = text_of(path)
        if limit.isdecimal() and int(limit) < told.total:
            left = int(limit) - int(used) if used.isdecimal() else int(limit)
            told = Memory(int(limit), min(told.free, max(0, left)))
    return told


def memory_of(text: str) -> Memory | None:
    """Of /proc/meminfo; None where it does not tell. Pure."""
    told = {line.split(":")[0]: line.split()[1] for line in text.splitlines() if len(line.split()) > 1}
    try:
        return Memory(int(told["MemTotal"]) * 1024, int(told["MemAvailable"]) * 1024)
    except (KeyError, ValueError):
        return None


def driver() -> bool:
    """Whether the machine has a driver of NVIDIA."""
    return Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidiactl").exists()


def card() -> bool:
    """Whether the machine has a card of NVIDIA, with or without a driver."""
    places = [path.parent for path in Path("/sys/bus/pci/devices").glob("*/vendor")]
    shown = [(text_of(place / "vendor"), text_of(place / "class")) for place in places]
    return driver() or any(vendor == "0x10de" and kind.startswith("0x03") for vendor, kind in shown)


def isolation() -> tuple[str | None, str]:
    """What the sandbox found that a program can do; None, and why, where none runs."""
    from harness.execute.sandbox import FOUND, require_sandbox

    known = {*FOUND}
    try:
        return require_sandbox(), ""
    except BadInput as error:
        return None, str(error)
    finally:
        FOUND.intersection_update(known)  # it is a finding, and no warning behind all of them as well


def hub() -> tuple[str, bool]:
    """The variable that keeps the hub away, and whether it answers where none does."""
    offline = next((name for name in _OFFLINE if os.environ.get(name, "").upper() in ("1", "ON", "YES", "TRUE")), "")
    if offline:
        return offline, False
    endpoint = os.environ.get("HF_ENDPOINT", "https://huggingface.co").partition("://")[2].partition("/")[0]
    host, _, port = endpoint.partition(":")
    try:
        with socket.create_connection((host, int(port or 443)), timeout=_ANSWER):
            return "", True
    except (OSError, ValueError):
        return "", False


def free_space(folders: Sequence[Path]) -> dict[str, int]:
    """Folder -> bytes that are free where it is, or would be made."""
    return {str(folder): shutil.disk_usage(there(folder)).free for folder in folders}
