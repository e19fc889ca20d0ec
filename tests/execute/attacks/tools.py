"""What the attacks share; a program is the text of this file and of one of the others."""

import atexit
import builtins
import ctypes
import fcntl
import gc
import json
import os
import resource
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import threading
import time

libc = ctypes.CDLL(None, use_errno=True)
CWD = os.getcwd()


def read(path, size=1 << 22):
    with open(path, "rb") as file:
        return file.read(size).decode("latin-1")


def found(text):
    at = text.find("s3cr3t")
    return text[at : at + 40] if at >= 0 else "nothing"


def each(*actions):
    results = []
    for action in actions:
        try:
            results.append(repr(action()))
        except BaseException as error:
            results.append(repr(error))
    return results


def ancestors():
    return [os.getppid(), 1, 2, 3]


def memory_of(pid):
    maps = read(f"/proc/{pid}/maps")
    with open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps.splitlines():
            place, rights = line.split()[:2]
            if "r" in rights and "/" not in line and "[v" not in line:
                start, end = (int(part, 16) for part in place.split("-"))
                try:
                    memory.seek(start)
                    text = memory.read(end - start).decode("latin-1")
                except (OSError, ValueError):
                    continue
                if "s3cr3t" in text:
                    return found(text)
    return "nothing"


FORGED = json.dumps({"outcome": "ok", "values": "[666]", "seconds": 0.1}).encode() + b"\n"

ATTACKS = []


def attack(function):
    """Register an attack."""
    ATTACKS.append(function.__name__)
    return function
