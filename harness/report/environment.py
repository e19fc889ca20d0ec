"""Where and with what a result was made."""

import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from harness.versions import versions


def environment() -> dict[str, Any]:
    """Versions, machine, device, threads, git state, command and time."""
    torch = sys.modules.get("torch")
    cuda = torch is not None and torch.cuda.is_available()
    return {
        "versions": versions(),
        "platform": platform.platform(),
        "processor": _processor(),
        "device": f"cuda: {torch.cuda.get_device_name()}" if torch is not None and cuda else "cpu",
        "threads": torch.get_num_threads() if torch is not None else os.cpu_count(),
        "git": git_state(),
        "command": command(),
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def command(arguments: Sequence[str] | None = None) -> str:
    """The run as it can be typed again; `arguments` defaults to this process's own."""
    return shlex.join(["pytest", *(sys.argv[1:] if arguments is None else arguments)])


def own_command() -> str:
    """This process's command of `python -m harness` as it can be typed again."""
    return shlex.join(["python", "-m", "harness", *sys.argv[1:]])


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or "unknown"


def git_state() -> dict[str, Any]:
    """Commit of the working directory, and whether it was changed since; None where there is no repository."""

    def ask(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603  # fixed arguments
            ["git", *arguments],  # noqa: S607  # whichever git the user has
            capture_output=True, text=True, check=True, timeout=10,
        ).stdout.strip()  # fmt: skip

    try:
        return {"commit": ask("rev-parse", "HEAD"), "dirty": bool(ask("status", "--porcelain"))}
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "dirty": None}
