"""Every checksum of a store, as a run would find them: what is damaged is named and set aside."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from harness import files
from harness.errors import BadInput
from harness.journal import Journal
from harness.upkeep.shelf import Recovery, book_paths, recoveries, taker


def damage(store: Path, tell: Callable[[str], None]) -> Iterator[str]:
    """A sentence for all that is damaged and was not known to be, which is set aside where the store can be written.

    Args:
        store: its folder.
        tell: gets a line where a lock is waited for, or nothing can be set aside.

    Raises:
        BadInput: a file cannot be read.
    """
    for path, kind in book_paths(store).items():
        said: list[str] = []
        journal = Journal(path, taker(kind, path), said.append)
        journal.refresh()
        yield from _sentences(said)
        if said:
            try:
                journal.append([], "setting damaged lines aside")
            except BadInput as error:
                tell(f"named only: {error}")
    for recovery in recoveries(store):
        yield from _damaged_files(recovery)


def _damaged_files(recovery: Recovery) -> Iterator[str]:
    from harness.recover.keep import read_whole

    for path in recovery.files:
        said: list[str] = []
        read_whole(path, lambda tensors, _: tensors, said.append)
        yield from _sentences(said)


def _sentences(said: Sequence[str]) -> Iterator[str]:
    """Without the pointer to what is being done."""
    return (sentence.removesuffix(files.LOOK) for sentence in said)
