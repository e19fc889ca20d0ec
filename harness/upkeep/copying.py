"""A copy of a store, or of some of its models, to go on from elsewhere; whole, or not there at all."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from harness import files
from harness.errors import BadInput
from harness.upkeep.shelf import RECOVERIES, Book, Recovery, book_paths, read, recoveries

_SHORTEST = 6  # digits of a fingerprint that may be written


def chosen(book: Book, names: Sequence[str]) -> bool:
    """Whether a file of answers is of a model that was named, or of one of its variants. Pure.

    Args:
        book: the file.
        names: a model's name as `ls` shows it, or a fingerprint or its first digits; none: all.
    """
    if not names:
        return True
    of_model = any(label == name or label.startswith(f"{name} ") for name in names for label in book.names)
    return of_model or any(len(name) >= _SHORTEST and book.called.startswith(name) for name in names)


def copy(store: Path, out: Path, names: Sequence[str] = ()) -> list[Path]:
    """Copy what was chosen, with all outcomes and rankings, and recoveries of the models or of nobody knows whom.

    Lines that another process is writing are not in the copy; it may be made beside running ones.

    Args:
        store: to copy.
        out: a new folder, or an empty one.
        names: of models, as `chosen` takes them; none: all.

    Returns:
        The files of answers that were copied.

    Raises:
        BadInput: a name is no model's, or something cannot be read or written.
    """
    if out.resolve().is_relative_to(store.resolve()):
        raise BadInput(f"--out {out}: lies in the store that is copied ({store}); name a folder outside it")
    books = [read(path, kind) for path, kind in book_paths(store).items()]
    answers = [book for book in books if book.kind == "answers"]
    for name in names:
        if not any(chosen(book, [name]) for book in answers):
            known = ", ".join(sorted({label.split(" ")[0] for book in answers for label in book.names}))
            raise BadInput(
                f"--model {name}: the store has no answers of it; expected {known or 'no name, for none has one'}, or "
                f"a fingerprint, as `harness store ls` shows them"
            )
    wanted = [book for book in books if book.kind != "answers" or chosen(book, names)]
    runs = [run for run in recoveries(store) if not names or not run.told or run.told.get("model") in names]
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with files.scratch(out.absolute().parent, f".{out.name}-") as part:
            whole = part / "store"
            for book in wanted:
                files.write_whole(whole / book.path.relative_to(store), _to_its_last_line(book.path))
            for run in runs:
                _copy_run(run, store, whole)
            (whole / ".gitignore").write_text("*\n", encoding="utf-8")
            if out.is_dir():
                out.rmdir()
            whole.rename(out)
    except OSError as error:
        raise BadInput(
            f"--out {out}: cannot be written ({error.strerror}); free space, or name another folder"
        ) from error
    return [book.path for book in wanted if book.kind == "answers"]


def _to_its_last_line(path: Path) -> bytes:
    """A file's content, without the line that is being written; places of its lines stay what they are."""
    content = path.read_bytes()
    return content[: content.rfind(b"\n") + 1]


def _copy_run(run: Recovery, store: Path, whole: Path) -> None:
    (whole / RECOVERIES).mkdir(parents=True, exist_ok=True)
    for path in (*run.files, store / RECOVERIES / f"{run.key}.json"):
        if path.is_file():
            shutil.copy2(path, whole / RECOVERIES / path.name)
