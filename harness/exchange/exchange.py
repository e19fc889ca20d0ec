"""One exchange between a store and a place: lines both ways, then trainings; cut off anywhere, the next one goes on.

What is here stays, and what is there stays: a line whose key the file has is not added, a file that is there is not
replaced, and no object is changed. So an answer never turns into another one under a run, and the order in which
machines meet decides nothing but which of two answers to one question each of them reads.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from harness import files
from harness.errors import BadInput
from harness.exchange.bundle import identity, name_of, news, packed, unpacked
from harness.exchange.depot import Depot, lines_of
from harness.exchange.memory import Memory, holding, keep, recalled
from harness.exchange.trainings import send_files, take_files
from harness.exchange.travels import travelling
from harness.journal import joined, lines_in

_TOGETHER = 64 * 2**20
"""Bytes of objects of lines that are read at once."""


@dataclass(frozen=True)
class Moved:
    """What went to a place, and what came from it."""

    lines_sent: int = 0
    lines_taken: int = 0
    files_sent: int = 0
    files_taken: int = 0

    def __add__(self, other: "Moved") -> "Moved":
        return Moved(*(getattr(self, name) + getattr(other, name) for name in vars(self)))

    def __str__(self) -> str:
        return (
            f"{self.lines_sent} lines and {self.files_sent} files of trainings sent, "
            f"{self.lines_taken} and {self.files_taken} taken"
        )


@dataclass
class _Known:
    """The identities of a file's lines, read once."""

    inode: int = 0
    end: int = 0
    lines: set[bytes] = field(default_factory=set)


class Exchange:
    """Keeps a store in step with a place."""

    def __init__(self, depot: Depot, store: Path) -> None:
        """Between `store`, a folder that is there, and `depot`."""
        self.depot, self.store = depot, store
        mine = f".exchange-{name_of(depot.url.encode())[:8]}"
        self.memory, self.lock = store / f"{mine}.json", store / f"{mine}.lock"
        self._known: dict[str, _Known] = {}

    def once(self, *, send: bool = True, fetch: bool = True) -> Moved:
        """Exchange.

        Args:
            send: whether what only this store has is sent.
            fetch: whether trainings that only the place has are taken, which may be large; lines always are.

        Raises:
            BadInput: the place or the store cannot be read or written; what was exchanged until then is.
        """
        tell = self.depot.tell
        with self._storing(), files.alone(self.lock, f"exchanging with {self.depot.url}", tell=tell):
            listed = self.depot.listed()
            moved = self._lines(listed, send=send)
            if send:
                moved += Moved(files_sent=send_files(self.depot, self.store, listed))
            if fetch:
                moved += Moved(files_taken=take_files(self.depot, self.store, listed))
            return moved

    @contextmanager
    def _storing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            why = error.strerror or error
            raise BadInput(
                f"--store {self.store}: cannot be written ({why}); free space, or mend its permissions"
            ) from error

    def _lines(self, listed: Mapping[str, int], *, send: bool) -> Moved:
        objects, before = lines_of(listed), recalled(self.memory)
        memory = holding(before, objects, self._sizes())
        theirs: dict[str, set[bytes]] = {}
        taken = 0
        for names in _together(sorted(objects - memory.taken), listed):
            for content in self.depot.lines(names):
                for file, lines in unpacked(content).items():
                    theirs.setdefault(file, set()).update(filter(None, map(identity, lines)))
                    taken += self._add(file, lines)
        ours, even = self._news(memory, theirs)
        sent = [self.depot.write_lines(content) for content in packed(ours)] if send else []
        after = Memory((objects - self.depot.damaged) | {*sent}, even)
        if after != before and (send or not ours):
            keep(self.memory, after)
        return Moved(lines_sent=sum(map(len, ours.values())) if send else 0, lines_taken=taken)

    def _sizes(self) -> dict[str, tuple[int, int]]:
        told = {name: (self.store / name).stat() for name in travelling(self.store, "lines")}
        return {name: (one.st_ino, one.st_size) for name, one in told.items()}

    def _add(self, file: str, lines: Sequence[bytes]) -> int:
        """Add the lines that a file lacks, under the lock that every writer takes; how many."""
        path = self.store / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.alone(Path(f"{path}.lock"), "writing to the store", tell=self.depot.tell):
            known = self._read_on(file)
            lacking = news(lines, known.lines)
            if lacking:
                with path.open("ab") as opened:
                    opened.write(joined(lacking))
        return len(lacking)

    def _read_on(self, file: str) -> _Known:
        """What a file holds by now."""
        known, path = self._known.setdefault(file, _Known()), self.store / file
        if not path.exists():
            self._known[file] = known = _Known()
            return known
        now = path.stat()
        if now.st_ino != known.inode or now.st_size < known.end:
            self._known[file] = known = _Known(now.st_ino)
        found, known.end = _whole_lines(path, known.end)
        known.lines.update(filter(None, map(identity, found)))
        return known

    def _news(
        self, memory: Memory, theirs: dict[str, set[bytes]]
    ) -> tuple[dict[str, list[bytes]], dict[str, tuple[int, int]]]:
        """What of this store's files the place lacks, and up to where that is all of them."""
        ours, even = dict[str, list[bytes]](), dict[str, tuple[int, int]]()
        for file in travelling(self.store, "lines"):
            now, sent = (self.store / file).stat(), memory.even.get(file, (0, 0))[1]
            found, end = _whole_lines(self.store / file, sent) if now.st_size > sent else ([], sent)
            even[file] = now.st_ino, end
            if lines := news(found, theirs.get(file, ())):
                ours[file] = lines
        return ours, even


def _whole_lines(path: Path, begin: int) -> tuple[list[bytes], int]:
    """The lines of a file from a byte on, without one that is being written; and the byte behind them."""
    with path.open("rb") as opened:
        opened.seek(begin)
        added = opened.read()
    whole = added.rfind(b"\n") + 1
    return [line for _, line in lines_in(added[:whole])], begin + whole


def _together(names: Iterable[str], listed: Mapping[str, int]) -> Iterator[list[str]]:
    """Objects of lines in groups of a size."""
    held, size = list[str](), 0
    for name in names:
        if held and size + listed[name] > _TOGETHER:
            yield held
            held, size = [], 0
        held.append(name)
        size += listed[name]
    if held:
        yield held
