"""Option checks shared by pytest and `python -m harness`: what is refused before any work."""

import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import BadInput
from harness.models.cards import EXPECTED, require_there, take_cards

if TYPE_CHECKING:
    from harness.models.load import LoadedModel
    from harness.text.thoughts import Thinking


def told_form(loaded: "LoadedModel", chat_template: str | None) -> "LoadedModel":
    """The model as `--chat-template` has it asked; that a base model is asked plainly is said on stderr.

    Raises:
        BadInput: the template cannot be used.
    """
    from harness.models.asked import asked_in, said_of
    from harness.text.form import parse_form

    asked = asked_in(loaded, None if chat_template is None else parse_form(chat_template))
    if chat_template is None and (said := said_of(asked)):
        sys.stderr.write(f"{said}\n")
    return asked


def told_second(text: str, parent: "LoadedModel", dtype: str | None, chat_template: str | None) -> "LoadedModel":
    """A checkpoint that is held against its parent, both asked by their templates or both in one form.

    Args:
        text: what the user wrote.
        parent: as it is asked (`told_form`).
        dtype: of the weights; None as `load_model` has it.
        chat_template: of `--chat-template`.

    Raises:
        BadInput: it cannot be loaded, or would be asked otherwise than its parent.
    """
    from harness.models.load import load_model
    from harness.models.vocabulary import require_same_manner

    other = load_model(text, dtype=dtype)
    require_same_manner(other, parent, chat_template)
    return told_form(other, chat_template)


def require_form(chat_template: str | None) -> None:
    """Refuse a `--chat-template` that cannot be read, before a model is.

    Raises:
        BadInput: it is so.
    """
    from harness.text.form import parse_form

    if chat_template is not None:
        parse_form(chat_template)


def told_to_think(loaded: "LoadedModel", thinking: str, tokens: int) -> "Thinking":
    """What `--thinking` and `--thinking-tokens` mean for a model.

    Raises:
        BadInput: it is told to think and knows nothing of it.
    """
    from harness.text.template import require_thoughts
    from harness.text.thoughts import Thinking

    if thinking == "on":
        require_thoughts(loaded.tokenizer, loaded.reference.text)
    return Thinking(thinking == "on", tokens)


def require_model(text: str, ratios: Iterable[float] = (), *, hub: bool = True) -> None:
    """Refuse a model whose files cannot be loaded, or from which a ratio would remove no layer, or all of them.

    Args:
        text: what the user wrote after `--model`.
        ratios: shares of its layers that will be asked for.
        hub: whether to ask the hub for what is no folder here.

    Raises:
        BadInput: it is so, as far as files tell that are here.
    """
    from harness.models.ahead import depth_ahead, require_found, require_whole
    from harness.models.reference import resolve
    from harness.prune.ratio import layer_count, require_ratio

    reference = resolve(text)
    require_whole(reference, f"--model {text}")
    if hub:
        require_found(reference, f"--model {text}")
    depth = depth_ahead(reference)
    for ratio in ratios:
        require_ratio(ratio)
        if depth is not None:
            layer_count(ratio, depth)


def require_data(folder: Path | None) -> None:
    """Refuse a data folder that cannot be used; every file in it that we know is read and checked, in seconds.

    Raises:
        BadInput: there is none, or a file in it is not as `tasks.layouts` says.
    """
    if folder is None:
        return
    if not folder.is_dir():
        raise BadInput(f"--data {folder}: there is no such folder; expected one laid out as docs/data.md says")
    from harness.tasks.layouts import LAYOUTS, checked_file
    from harness.tasks.source import Folder

    for relative in LAYOUTS:
        if (folder / relative).exists():
            checked_file(Folder(folder), relative)


MOST = 1_000_000
"""Of anything that is counted: more of it is a slip of the key."""


def require_some(option: str, value: int | None, of: str, most: int = MOST) -> None:
    """Refuse a number of something that cannot be used, where one was given.

    Raises:
        BadInput: it is below 1, or above `most`.
    """
    if value is not None and value > most:
        raise BadInput(f"{option} {value}: expected a number of {of} of at most {most:,}")
    if value is not None and value < 1:
        raise BadInput(f"{option} {value}: expected a number of {of} of at least 1")


def require_cards(each: int, *, by_workers: bool = False) -> None:
    """Have this process work on so many GPUs, as `--cards` says; one is what it works on in any case.

    Args:
        each: how many.
        by_workers: whether its workers are to, and inherit what it sees; then it takes none.

    Raises:
        BadInput: that is no number of GPUs, there are not so many, or it works on another number already.
    """
    require_some("--cards", each, "GPUs")
    if each == 1:
        return
    if by_workers:
        require_there(each)
    elif (taken := len(take_cards(each).cards)) != each:
        raise BadInput(f"--cards {each}: this process works on {taken} already; {EXPECTED}")


def require_seed(seed: int) -> None:
    """Refuse a seed that some generator takes for another one, or not at all.

    Raises:
        BadInput: it is no unsigned number of 32 bits.
    """
    if not 0 <= seed < 2**32:
        raise BadInput(f"--seed {seed}: expected a whole number from 0 to {2**32 - 1}")


def require_checkout(root: Path, *folders: str) -> None:
    """Refuse a folder that is no checkout of this repository, as far as some of its folders tell.

    Raises:
        BadInput: it lacks one of them.
    """
    for name in folders:
        if not (root / name).is_dir():
            raise BadInput(f"--root {root}: expected a checkout of this repository, with {name}/")


def require_keeps(share: float) -> None:
    """Refuse a margin of retention that is none.

    Raises:
        BadInput: it is no share.
    """
    if not 0 < share <= 1:
        raise BadInput(f"--keeps {share}: expected a share above 0 and at most 1")


def require_file(option: str, path: Path | None) -> None:
    """Refuse a file for results that cannot be written, where one was named.

    Raises:
        BadInput: it cannot be written: it is a folder, or its folder is no folder that can be written.
    """
    if path is None:
        return
    if path.is_dir() or str(path).endswith("/"):
        raise BadInput(f"{option} {path}: expected a file, and this is a folder; name one in it")
    folder = path.absolute().parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise BadInput(
            f"{option} {path}: cannot be written ({error.strerror}: {folder}); make the folder, or name another file"
        ) from error


def require_writable(option: str, folder: Path) -> None:
    """Refuse a folder for results that could not be made or written; nothing is made yet.

    Raises:
        BadInput: it cannot be written, or what it would be made in cannot.
    """
    there = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise BadInput(f"{option} {folder}: cannot be written ({error.strerror}); name another folder") from error


def require_folder(option: str, folder: Path) -> None:
    """Make a folder for results; a new one carries a `.gitignore`, since what is in it is made again by any run.

    Raises:
        BadInput: it cannot be written.
    """
    try:
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{option} {folder}: cannot be written ({error.strerror}); name another folder") from error
    require_writable(option, folder)


@contextmanager
def named(option: str) -> Iterator[None]:
    """While open, what is refused as `--model` is refused under the option that it was given with.

    Raises:
        BadInput: something was refused.
    """
    try:
        yield
    except BadInput as error:
        raise BadInput(str(error).replace("--model ", f"{option} ", 1)) from error
