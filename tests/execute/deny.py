"""Runs a command on a kernel that refuses something: `python deny.py namespaces,landlock,seccomp COMMAND ...`.

As Docker's default profile refuses namespaces, and as kernels without Landlock or seccomp answer. Not a test module.
"""

import ctypes
import os
import struct
import sys

NAMESPACES = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
NUMBERS = {"x86_64": (272, 308, 165, 56, 317, 157), "aarch64": (97, 268, 40, 220, 277, 167)}
UNSHARE, SETNS, MOUNT, CLONE, SECCOMP, PRCTL = NUMBERS[os.uname().machine]
LOAD, EQUAL, SET, RETURN = 0x20, 0x15, 0x45, 0x06
ALLOW, EPERM, ENOSYS = (RETURN, 0, 0, 0x7FFF0000), (RETURN, 0, 0, 0x50001), (RETURN, 0, 0, 0x50026)
NUMBER = (LOAD, 0, 0, 0)


def refusing(number, answer):
    """A system call that is always refused."""
    return [NUMBER, (EQUAL, 0, 1, number), answer]


FILTERS = {
    "namespaces": [
        *(step for number in (UNSHARE, SETNS, MOUNT) for step in refusing(number, EPERM)),
        *refusing(435, ENOSYS),  # clone3: libc then uses clone
        NUMBER, (EQUAL, 0, 3, CLONE), (LOAD, 0, 0, 16), (SET, 0, 1, NAMESPACES), EPERM,
    ],
    "landlock": [step for number in (444, 445, 446) for step in refusing(number, ENOSYS)],
    "seccomp": [*refusing(SECCOMP, ENOSYS), NUMBER, (EQUAL, 0, 3, PRCTL), (LOAD, 0, 0, 16), (EQUAL, 0, 1, 22), EPERM],
}  # fmt: skip

if __name__ == "__main__":
    libc = ctypes.CDLL(None)
    libc.prctl(38, 1, 0, 0, 0)  # PR_SET_NO_NEW_PRIVS
    steps = [step for name in sys.argv[1].split(",") for step in FILTERS[name]] + [ALLOW]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    taken = libc.syscall(SECCOMP, 1, 0, struct.pack("@HP", len(steps), ctypes.addressof(code)))
    if taken:
        sys.exit("this kernel takes no filter")
    os.execvp(sys.argv[2], sys.argv[2:])
