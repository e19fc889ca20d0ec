"""Machines that meet at a place in memory, and a place whose exchanges can be cut off anywhere."""

import uuid

from fsspec.implementations.memory import MemoryFileSystem

from harness.exchange.bundle import unpacked
from harness.exchange.depot import Depot, lines_of
from harness.exchange.exchange import Exchange
from harness.journal import Journal, lines_in, row_in

TOUCHING = ("find", "cat", "pipe_file", "put_file", "get_file")


class CutError(BaseException):
    """A process was killed; nothing catches that."""


class Cuttable:
    """A file system in memory, whose user is killed before or after one of its calls."""

    def __init__(self):
        self.fs, self.left, self.after, self.calls = MemoryFileSystem(), None, False, []

    def cut(self, left, *, after):
        """Kill at the call behind `left` others; None: never."""
        self.left, self.after = left, after

    def __getattr__(self, name):
        real = getattr(self.fs, name)
        return (lambda *given, **named: self._called(name, real, *given, **named)) if name in TOUCHING else real

    def _called(self, name, real, *given, **named):
        now = self.left == 0
        self.left = None if self.left is None else self.left - 1
        if now and not self.after:
            raise CutError
        self.calls.append(name)
        found = real(*given, **named)
        if now:
            raise CutError
        return found


class Machines:
    """Folders that are kept in step with one place."""

    def __init__(self, folder, count=2):
        self.fs, self.url = Cuttable(), f"memory://{uuid.uuid4().hex}/prefix"
        self.folders = [folder / str(number) for number in range(count)]
        self.said = []
        for one in self.folders:
            one.mkdir(parents=True, exist_ok=True)

    def depot(self):
        """The place, as a new process opens it."""
        return Depot(self.url, self.said.append, self.fs)

    def exchange(self, number, **how):
        """One exchange by a process that was begun for it."""
        return Exchange(self.depot(), self.folders[number]).once(**how)

    def write(self, number, file, *rows):
        """As a run does."""
        Journal(self.folders[number] / file, lambda row: True).append(rows, "writing")

    def rows(self, number, file):
        """What a file says."""
        path = self.folders[number] / file
        return [row_in(line) for _, line in lines_in(path.read_bytes())] if path.exists() else []

    def objects(self):
        """Their names."""
        return sorted(self.depot().listed())

    def lines_there(self):
        """The lines of each file that the place has."""
        depot, found = self.depot(), {}
        for content in depot.lines(sorted(lines_of(depot.listed()))):
            for file, lines in unpacked(content).items():
                found.setdefault(file, []).extend(lines)
        return found
