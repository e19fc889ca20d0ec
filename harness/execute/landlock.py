"""Which files a program may open: Landlock, which needs no privileges. Linux 5.13 and later.

Readable are Python's standard library without what is installed into it, shared libraries, time zones and a few
devices; nothing can be written but `/dev/null`, and nothing created, removed, renamed, linked or run. Newer kernels
also refuse TCP, Unix sockets without a path and signals to the outside. What Landlock does not cover at all: whether a
path exists, its size and times. Standard library only: the runner imports it inside the sandbox.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same numbers on every machine
_VERSION = 1  # asks for the version instead of making a set of rules
_BELOW_PATH = 1
_WRITE, _READ, _LIST, _TRUNCATE = 1 << 1, 1 << 2, 1 << 3, 1 << 14
_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # of files, by version
_NET, _SCOPES = 0b11, 0b11  # bind and connect TCP (4); Unix sockets without a path and signals (6)
CONTROLS_TRUNCATION = 3  # the first version in which opening for reading cannot empty a file
_INSTALLED = ("site-packages", "dist-packages")  # may hold the expected answers: this package is installed there
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", f"{sys.base_prefix}/lib")
_ENCODINGS = ("gconv", "locale")
_DATA = ("/usr/share/zoneinfo", "/etc/ld.so.cache", "/dev/urandom", "/dev/random", "/dev/zero")
_LIBC = ctypes.CDLL(None)


def version() -> int:
    """What the kernel offers; 0 where it has no Landlock, or does not let us use it."""
    return max(0, _call(_CREATE, None, 0, _VERSION)) if sys.platform == "linux" else 0


def rules() -> int:
    """A descriptor of the set of rules, for `enter`; -1 where there is no Landlock."""
    offered = version()
    if not offered:
        return -1
    rights = (1 << _RIGHTS[min(offered, max(_RIGHTS))]) - 1
    fields = [rights, *(field for since, field in ((4, _NET), (6, _SCOPES)) if offered >= since)]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    ruleset = _call(_CREATE, attributes, len(attributes), 0)
    if ruleset >= 0:
        for path, allowed in allowances():
            _allow(ruleset, path, allowed & rights)
    return ruleset


def enter(ruleset: int) -> bool:
    """Hold this process to the rules for good, after PR_SET_NO_NEW_PRIVS; whether the kernel took it."""
    return ruleset >= 0 and _call(_RESTRICT, ruleset, 0) == 0


def allowances() -> Iterator[tuple[str, int]]:
    """Paths and what may be done below them."""
    yield os.devnull, _READ | _WRITE | _TRUNCATE
    yield ".", _LIST  # the empty folder that programs run in
    for path in _DATA:
        yield path, _READ | _LIST
    for folder in sys.path:  # with `-S` the standard library alone
        if Path(folder).is_dir():
            yield folder, _LIST  # the importer lists it; names of what is installed in it are no secret
            yield from ((f"{folder}/{name}", _READ | _LIST) for name in _names(folder) if name not in _INSTALLED)
        else:
            yield folder, _READ
    for folder in _LIBRARIES:
        for name in _names(folder):
            if ".so" in name or "-linux-" in name or name in _ENCODINGS:
                yield f"{folder}/{name}", _READ | _LIST


def _names(folder: str) -> Iterator[str]:
    """What lies in a folder, links left out: a rule would hold for what they lead to."""
    try:
        with os.scandir(folder) as entries:
            yield from (entry.name for entry in entries if not entry.is_symlink())
    except OSError:
        pass


def _allow(ruleset: int, path: str, allowed: int) -> None:
    try:
        opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not Path(path).is_dir():
            allowed &= ~_LIST  # the kernel refuses rights that a file cannot have
        _call(_ADD, ruleset, _BELOW_PATH, struct.pack("=Qi", allowed, opened), 0)
    finally:
        os.close(opened)


def _call(number: int, *arguments: int | bytes | None) -> int:
    try:
        return int(_LIBC.syscall(*(ctypes.c_long(a) if isinstance(a, int) else a for a in (number, *arguments))))
    except AttributeError:
        return -1
