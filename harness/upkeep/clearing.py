"""What of a store nobody reads any more: lines of other code than today's, lines behind a newer one, damaged ones.

What the store does not say the code of is kept. A file is written anew under the lock that writers take, so that no
line is lost; running processes notice that it is another file (`journal`). A run that is being trained is left alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness import files
from harness.errors import BadInput
from harness.upkeep.shelf import RECOVERIES, Book, Line, Recovery, book_paths, read, recoveries, todays

STALE, OLDER, DAMAGED, CUT = "of other code", "older ones of a key", "damaged", "cut short"


@dataclass(frozen=True)
class Waste:
    """What of a file, or of a training run, is read no more."""

    path: Path
    """A file of lines, or one of the run's."""
    why: Mapping[str, int]
    """Reason -> number of lines or files."""
    size: int
    """Bytes."""


def unread(book: Book) -> dict[int, str]:
    """Place of each line that nobody reads any more -> why. Pure."""
    today, latest = todays(book.kind), {line.place for line in book.entries.values()}
    found: dict[int, str] = {}
    for line in book.lines:
        if line.said in ("damaged", "cut"):
            found[line.place] = DAMAGED if line.said == "damaged" else CUT
        elif line.said == "entry" and (book.rules_of(line) or today) != today:
            found[line.place] = STALE
        elif line.said == "entry" and line.place not in latest:
            found[line.place] = OLDER
    return found


def kept(lines: Iterable[Line], gone: Mapping[int, str]) -> bytes:
    """A file without lines that are gone, nor the marks of damaged ones. Pure."""
    return b"".join(b"\n" + line.text + b"\n" for line in lines if line.place not in gone and line.said != "mark")


def waste(store: Path) -> list[Waste]:
    """What would be removed, changing nothing.

    Raises:
        BadInput: a file cannot be read.
    """
    found = [_waste_of(read(path, kind)) for path, kind in book_paths(store).items()]
    found += [
        Waste(run.files[0], {STALE: len(run.files)}, _bytes(run.files)) for run in recoveries(store) if _is_stale(run)
    ]
    aside = sorted((store / RECOVERIES).glob("*.damaged"))
    found += [Waste(path, {DAMAGED: 1}, _bytes([path])) for path in aside]
    return [one for one in found if one.why]


def _waste_of(book: Book) -> Waste:
    gone = unread(book)
    return Waste(
        book.path, Counter(gone.values()), sum(len(line.text) + 2 for line in book.lines if line.place in gone)
    )


def _is_stale(run: Recovery) -> bool:
    return run.rules is not None and run.rules != todays(RECOVERIES)


def _bytes(paths: Sequence[Path]) -> int:
    return sum(path.stat().st_size for path in paths)


def clear(store: Path) -> list[Path]:
    """Remove it; what another process is training is left, and returned.

    Raises:
        BadInput: something cannot be read or written; what was removed until then was waste.
    """
    try:
        for path, kind in book_paths(store).items():
            with files.alone(Path(f"{path}.lock"), "writing to the store"):
                book = read(path, kind)  # with what was written until the lock was free
                gone = unread(book)
                if gone:
                    files.write_whole(path, kept(book.lines, gone))
            files.sweep_locks(path.parent, f"{path.stem}-*.busy")
        stale = [run for run in recoveries(store) if _is_stale(run)]
        left = [run.files[0] for run in stale if not _removed(store / RECOVERIES, run)]
        for path in (store / RECOVERIES).glob("*.damaged"):
            path.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(
            f"--store {store}: cannot be written ({error.strerror}); free space, or mend its permissions"
        ) from error
    return left


def _removed(folder: Path, run: Recovery) -> bool:
    """Whether a run's files could be removed: nobody trains it."""
    lock = files.taken(folder / f"{run.key}.lock")
    if lock is None:
        return False
    try:
        for path in (*run.files, folder / f"{run.key}.json"):
            path.unlink(missing_ok=True)
    finally:
        lock.release()
    return True
