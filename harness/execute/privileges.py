"""What a process gives up before it runs what a model wrote: its user, its privileges, its view of the machine."""

import contextlib
import ctypes
import os
import struct

_NEW_PROCESSES, _NEW_NETWORK, _NEW_IPC, _NEW_USER = 0x20000000, 0x40000000, 0x08000000, 0x10000000
_NOBODY = 65534
_CAPABILITIES = 0x20080522  # version 3 of the kernel's structure
_LIBC = ctypes.CDLL(None)


def control(option: int, value: int) -> None:
    """`prctl`, where there is one."""
    with contextlib.suppress(AttributeError):
        _LIBC.prctl(option, ctypes.c_ulong(value), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))


def isolate() -> bool:
    """A network, a process table and shared memory of our own, where the kernel allows it."""
    flags = _NEW_NETWORK | _NEW_PROCESSES | _NEW_IPC | (0 if os.geteuid() == 0 else _NEW_USER)
    try:
        return int(_LIBC.unshare(flags)) == 0
    except AttributeError:
        return False


def can_become_nobody() -> bool:
    """Whether this is a root that may change user; one inside a container may have no `nobody` to change to."""
    if os.geteuid() != 0:
        return False
    child = os.fork()
    if child == 0:
        try:
            become_nobody()
        except OSError:
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def become_nobody() -> None:
    """Give up root for good; with PR_SET_KEEPCAPS its rights stay permitted."""
    os.setgroups([])
    os.setgid(_NOBODY)
    os.setuid(_NOBODY)


def keep_capability(capability: int | None) -> bool:
    """Give up every privilege but one; whether that worked."""
    bits = 0 if capability is None else 1 << capability
    header = struct.pack("=Ii", _CAPABILITIES, 0)
    try:
        return int(_LIBC.capset(header, struct.pack("=6I", bits, bits, 0, 0, 0, 0))) == 0
    except AttributeError:
        return False
