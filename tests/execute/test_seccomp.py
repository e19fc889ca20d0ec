"""The list of system calls."""

import ctypes
import re
import sys
from pathlib import Path

import pytest

from harness.execute import landlock, seccomp

HEADERS = (
    Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    Path("/usr/include/asm-generic/unistd.h"),
)
LIMITED = {name.lower(): getattr(seccomp, name) for name in ("OPEN", "OPENAT", "CLONE", "CLONE3", "KILL", "TGKILL",
           "SENDTO", "IOCTL", "FCNTL", "PRCTL")} | {"prlimit64": seccomp.PRLIMIT}  # fmt: skip


@pytest.mark.parametrize("column", [0, 1], ids=["x86-64", "ARM64"])
def test_numbers_are_the_kernels(column):
    """A wrong number allows what nobody meant to allow."""
    if not HEADERS[column].is_file():
        pytest.skip(f"needs the kernel's headers in {HEADERS[column]}")
    defined = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", HEADERS[column].read_text())
    known = {name: int(number) for name, number in defined}
    known.setdefault("newfstatat", known.get("fstatat", -1))
    ours = {name: numbers[column] for name, numbers in (seccomp.ALWAYS | LIMITED).items() if numbers[column] >= 0}

    assert ours == {name: known[name] for name in ours}


def run_filter(call, arguments=(), **options):
    """What the filter answers to a call, by running its instructions."""
    data = (
        call,
        0xC000003E,
        0,
        *(half for argument in (*arguments, *[0] * 6)[:6] for half in (argument & 0xFFFFFFFF, argument >> 32)),
    )
    words = [data[0], data[1], 0, 0, *data[3:]]
    steps, at, accumulator = seccomp.filter_of(0, 0xC000003E, 77, **options), 0, 0
    while True:
        code, jump_true, jump_false, constant = steps[at]
        at += 1
        if code == 0x20:
            accumulator = words[constant // 4]
        elif code == 0x54:
            accumulator &= constant
        elif code == 0x06:
            return "allow" if constant == 0x7FFF0000 else constant & 0xFFFF
        else:
            true = accumulator == constant if code == 0x15 else accumulator >= constant
            at += jump_true if true else jump_false


@pytest.mark.parametrize(
    ("call", "arguments", "answer"),
    [
        (0, (), "allow"),  # read
        (59, (), 1),  # execve
        (41, (), 1),  # socket
        (0x40000000, (), 38),  # read by the numbers of x32
        (999, (), 38),
        (56, (0x3D0F00,), "allow"),  # clone: a thread
        (56, (17,), 1),  # a process
        (56, (0x3D0F00 | 0x20000000,), 1),
        (435, (), 38),
        (62, (77, 9), "allow"),  # kill: itself
        (62, (78, 9), 1),
        (62, (2**32 - 1, 9), 1),  # -1, everybody
        (302, (0, 7), "allow"),  # prlimit64: its own
        (302, (1, 7), 1),
        (44, (3, 0, 0, 0, 0), "allow"),  # sendto: to nobody but the other end
        (44, (3, 0, 0, 0, 1 << 40), 1),
        (72, (3, 3), "allow"),  # fcntl F_GETFL
        (72, (3, 8), 1),  # F_SETOWN
        (257, (0, 0, 0o2101), "allow"),
    ],
)
def test_calls_are_answered(call, arguments, answer):
    """By the numbers of x86-64; a program may be its own process 77."""
    assert run_filter(call, arguments, opening_to_write=False) == answer


@pytest.mark.parametrize(
    ("flags", "answer"),
    [(0, "allow"), (0o2000000, "allow"), (1, 13), (2, 13), (0o1000, 13), (0o100, 13), (0o20200000, 13)],
)
def test_without_landlock_nothing_is_opened_to_write(flags, answer):
    """Emptying, creating and unnamed files included."""
    assert run_filter(257, (0, 0, flags), opening_to_write=True) == answer
    assert run_filter(2, (0, flags), opening_to_write=True) == answer


def test_another_machines_calls_are_refused():
    """Numbers mean something else there."""
    assert seccomp.filter_of(0, 0xC000003E, 77, opening_to_write=False)[:3] == [
        (0x20, 0, 0, 4), (0x15, 1, 0, 0xC000003E), (0x06, 0, 0, 0x50001)
    ]  # fmt: skip


def test_another_system_is_asked_for_nothing(monkeypatch):
    """The number of a call of Linux is another call of macOS."""
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: pytest.fail("asked"))

    assert seccomp.forbid(opening_to_write=True) is False
    assert landlock.rules() == -1
