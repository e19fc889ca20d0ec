"""The command line that starts the sandbox's runner under bubblewrap, and whether that works on this machine.

Bubblewrap gives it what the runner cannot give itself: a file system with nothing but the interpreter, read-only, and
an empty scratch folder in memory. Network and process table are its own as well, and it dies with the harness.
"""

import functools
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_SCRATCH = "/scratch"
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc/ld.so.cache")  # the interpreter's shared libraries
_PROBE_SECONDS = 10  # it takes 0.1; a machine this slow can do without


def bubblewrapped(bwrap: str, interpreter: Path, base: Path, readable: Sequence[Path], *, root: bool) -> list[str]:
    """What to put before a command line so that it runs under bubblewrap.

    Args:
        bwrap: path of bubblewrap.
        interpreter: the Python that the command runs, resolved: a virtual environment's link is not visible inside.
        base: folder of the interpreter's installation, `sys.base_prefix`.
        readable: further files that are visible inside, at the paths they have outside.
        root: whether the harness runs as root. It then keeps the rights to become `nobody` and to end what it started
            instead of having a user table of its own: in one of those it would still be root to the kernel, which
            exempts root from the limit on processes.
    """
    mounts = [argument for path in _SYSTEM for argument in ("--ro-bind-try", path, path)]
    for path in reversed(base.parents[:-1]):
        mounts += ["--dir", str(path)]  # bubblewrap makes parents for root alone, and programs are not root
    for path in (base, interpreter):
        mounts += ["--ro-bind", str(path), str(path)]
    for path in base.glob("lib*/python3*/*-packages"):
        mounts += ["--tmpfs", str(path)]  # what is installed may be this package, with the expected answers
    for path in readable:
        mounts += ["--ro-bind", str(path), str(path)]
    namespaces = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
    rights = ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID", "--cap-add", "CAP_KILL"]
    places = ["--proc", "/proc", "--dev", "/dev", "--tmpfs", _SCRATCH, "--chdir", _SCRATCH]
    return [
        bwrap,
        *([*namespaces, *rights] if root else ["--unshare-all"]),
        *("--die-with-parent", "--new-session"),
        *mounts,
        *places,
    ]


@functools.cache
def prefix(readable: tuple[Path, ...], *, root: bool) -> tuple[str, ...]:
    """`bubblewrapped` for this interpreter; empty where bubblewrap is missing or fails, as in some containers."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        return ()
    python = interpreter()
    command = bubblewrapped(bwrap, python, Path(sys.base_prefix).resolve(), readable, root=root)
    try:
        probe = subprocess.run(  # noqa: S603  # our own command
            [*command, str(python), "-I", "-S", "-c", "import json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            env={},
            timeout=_PROBE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(command) if probe.returncode == 0 else ()


def interpreter() -> Path:
    """This interpreter, with links resolved."""
    return Path(sys.executable).resolve()
