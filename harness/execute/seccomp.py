"""A list of the only system calls that a program may make, enforced by the kernel (seccomp). Linux on x86-64 and ARM64.

It holds what no list of paths can: no process, no socket to anything outside, no signal to another process, no change
of a file's name, mode, owner, times or attributes, no System V memory, no tracing, no namespaces, no io_uring. Standard
library only: the runner imports it inside the sandbox. Numbers are the kernel's, `asm/unistd_64.h` (x86-64) and
`asm-generic/unistd.h` (ARM64); `tests/execute/test_seccomp.py` compares them with the headers of the machine.
"""

import ctypes
import errno
import os
import struct
import sys
from collections.abc import Sequence

# name: (x86-64, ARM64), -1 where that machine has no such call
ALWAYS = {
    "read": (0, 63), "write": (1, 64), "readv": (19, 65), "writev": (20, 66), "pread64": (17, 67), "pwrite64": (18, 68),
    "preadv": (295, 69), "pwritev": (296, 70), "close": (3, 57), "close_range": (436, 436), "lseek": (8, 62),
    "fstat": (5, 80), "stat": (4, -1), "lstat": (6, -1), "newfstatat": (262, 79), "statx": (332, 291),
    "access": (21, -1), "faccessat": (269, 48), "faccessat2": (439, 439), "readlink": (89, -1), "readlinkat": (267, 78),
    "getdents": (78, -1), "getdents64": (217, 61), "getcwd": (79, 17), "umask": (95, 166), "fadvise64": (221, 223),
    "dup": (32, 23), "dup2": (33, -1), "dup3": (292, 24), "pipe": (22, -1), "pipe2": (293, 59), "eventfd2": (290, 19),
    "poll": (7, -1), "ppoll": (271, 73), "select": (23, -1), "pselect6": (270, 72), "epoll_create": (213, -1),
    "epoll_create1": (291, 20), "epoll_ctl": (233, 21), "epoll_wait": (232, -1), "epoll_pwait": (281, 22),
    "epoll_pwait2": (441, 441), "socketpair": (53, 199), "recvfrom": (45, 207), "shutdown": (48, 210),
    "getsockname": (51, 204), "getpeername": (52, 205), "getsockopt": (55, 209),
    "mmap": (9, 222), "munmap": (11, 215), "mremap": (25, 216), "mprotect": (10, 226), "brk": (12, 214),
    "madvise": (28, 233), "mincore": (27, 232), "msync": (26, 227),
    "futex": (202, 98), "futex_waitv": (449, 449), "set_robust_list": (273, 99), "get_robust_list": (274, 100),
    "set_tid_address": (218, 96), "rseq": (334, 293), "arch_prctl": (158, -1), "membarrier": (324, 283),
    "sched_yield": (24, 124), "sched_getaffinity": (204, 123), "sched_getparam": (143, 121),
    "sched_getscheduler": (145, 120), "sched_get_priority_max": (146, 125), "sched_get_priority_min": (147, 126),
    "getcpu": (309, 168), "getrandom": (318, 278),
    "rt_sigaction": (13, 134), "rt_sigprocmask": (14, 135), "rt_sigreturn": (15, 139), "rt_sigpending": (127, 136),
    "rt_sigsuspend": (130, 133), "rt_sigtimedwait": (128, 137), "sigaltstack": (131, 132),
    "restart_syscall": (219, 128), "pause": (34, -1), "alarm": (37, -1), "getitimer": (36, 102),
    "setitimer": (38, 103), "nanosleep": (35, 101), "clock_nanosleep": (230, 115), "clock_gettime": (228, 113),
    "clock_getres": (229, 114), "gettimeofday": (96, 169), "time": (201, -1), "times": (100, 153),
    "getrusage": (98, 165), "sysinfo": (99, 179), "uname": (63, 160), "getrlimit": (97, 163), "setrlimit": (160, 164),
    "getpid": (39, 172), "gettid": (186, 178), "getppid": (110, 173), "getuid": (102, 174), "geteuid": (107, 175),
    "getgid": (104, 176), "getegid": (108, 177), "getresuid": (118, 148), "getresgid": (120, 150),
    "getgroups": (115, 158), "getpgid": (121, 155), "getpgrp": (111, -1), "getsid": (124, 156),
    "getpriority": (140, 141), "wait4": (61, 260), "waitid": (247, 95), "exit": (60, 93), "exit_group": (231, 94),
}  # fmt: skip
# allowed with some arguments only
OPEN, OPENAT, CLONE, CLONE3 = (2, -1), (257, 56), (56, 220), (435, 435)
KILL, TGKILL, PRLIMIT, SENDTO = (62, 129), (234, 131), (302, 261), (44, 206)
IOCTL, FCNTL, PRCTL = (16, 29), (72, 25), (157, 167)
THREADS = (0x3D0F00, 0x7D0F00)  # the flags with which glibc and musl start a thread; others would start a process
# no F_SETOWN, F_SETSIG (signals to anyone), leases and locks; no ioctl that changes a file's attributes
FCNTLS = (0, 1, 2, 3, 4, 1030)  # F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC
IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
SET_NAME = 15  # PR_SET_NAME: Python names its threads
_WRITING = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | 0o20000000  # the last is O_TMPFILE without O_DIRECTORY
NEWER = 450  # calls that came after this list; libraries that know them try them and go on without

_ARCHITECTURES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}  # column, AUDIT_ARCH, seccomp itself
_LOAD, _AND, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_FILTER, _NO_SLOWDOWN = 1, 4  # SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW
Instruction = tuple[int, int, int, int]
"""Code, places to skip when true, when false, and a constant: a `struct sock_filter`."""


def forbid(*, opening_to_write: bool) -> bool:
    """Forbid every other system call to this process for good; whether the kernel took it.

    Args:
        opening_to_write: Forbid opening any file for writing too, where nothing else does.
    """
    machine = os.uname().machine
    if sys.platform != "linux" or machine not in _ARCHITECTURES or sys.maxsize < 2**32:
        return False
    column, architecture, seccomp = _ARCHITECTURES[machine]
    instructions = filter_of(column, architecture, os.getpid(), opening_to_write=opening_to_write)
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions))
    program = struct.pack("@HP", len(instructions), ctypes.addressof(code))
    taken = ctypes.CDLL(None).syscall(
        ctypes.c_long(seccomp), ctypes.c_long(_FILTER), ctypes.c_long(_NO_SLOWDOWN), program
    )
    return bool(taken == 0)


def filter_of(column: int, architecture: int, process: int, *, opening_to_write: bool) -> list[Instruction]:
    """The instructions of the filter.

    Args:
        column: Of the numbers in this module, 0 or 1.
        architecture: As the kernel calls it.
        process: The only process that may be sent a signal.
        opening_to_write: As in `forbid`.
    """
    limited: list[tuple[tuple[int, int], list[Instruction]]] = [
        (CLONE3, [_refuse(errno.ENOSYS)]),  # its flags lie in memory, where no filter sees them; libc then uses clone
        (CLONE, _one_of(0, THREADS)),
        (KILL, _one_of(0, (process,))),
        (TGKILL, _one_of(0, (process,))),
        (PRLIMIT, _one_of(0, (0,))),
        (SENDTO, _without_address(4)),
        (IOCTL, _one_of(1, IOCTLS)),
        (FCNTL, _one_of(1, FCNTLS)),
        (PRCTL, _one_of(0, (SET_NAME,))),
        (OPEN, _reading(1) if opening_to_write else [_allow()]),
        (OPENAT, _reading(2) if opening_to_write else [_allow()]),
    ]
    return [
        (_LOAD, 0, 0, 4),
        (_EQUAL, 1, 0, architecture),
        _refuse(errno.EPERM),
        (_LOAD, 0, 0, 0),
        *(step for numbers in ALWAYS.values() for step in _when(numbers[column], [_allow()])),
        *(step for numbers, steps in limited for step in _when(numbers[column], steps)),
        (_AT_LEAST, 0, 1, NEWER),
        _refuse(errno.ENOSYS),
        _refuse(errno.EPERM),
    ]


def _allow() -> Instruction:
    return _RETURN, 0, 0, _ALLOW


def _refuse(error: int) -> Instruction:
    return _RETURN, 0, 0, _ERRNO | error


def _when(number: int, steps: list[Instruction]) -> list[Instruction]:
    """Do `steps`, which end the filter, for this call."""
    return [] if number < 0 else [(_EQUAL, 0, len(steps), number), *steps]


def _one_of(argument: int, values: Sequence[int]) -> list[Instruction]:
    """Allow the call where the argument, an `int`, is one of the values."""
    tests = [step for value in values for step in ((_EQUAL, 0, 1, value), _allow())]
    return [_argument(argument), *tests, _refuse(errno.EPERM)]


def _without_address(argument: int) -> list[Instruction]:
    """Allow the call where the argument is a null pointer."""
    refused = _refuse(errno.EPERM)
    return [_argument(argument), (_EQUAL, 1, 0, 0), refused, _argument(argument, 4), (_EQUAL, 1, 0, 0), refused,
            _allow()]  # fmt: skip


def _reading(argument: int) -> list[Instruction]:
    """Allow the call where the argument says to open for reading only."""
    return [_argument(argument), (_AND, 0, 0, _WRITING), (_EQUAL, 1, 0, 0), _refuse(errno.EACCES), _allow()]


def _argument(number: int, half: int = 0) -> Instruction:
    """Load the lower (0) or upper (4) half of an argument; both machines are little-endian."""
    return _LOAD, 0, 0, 16 + 8 * number + half
