"""What a command of `python -m harness` is."""

import argparse
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness import files, progress
from harness.arguments import named, require_folder, require_model, told_form, told_to_think
from harness.errors import BadInput
from harness.models.reference import tier_of
from harness.tasks.source import Source, source_of, unread
from harness.tiers import TierName

if TYPE_CHECKING:
    from typing import TextIO

    from harness.subject import Subject


@dataclass(frozen=True)
class Command:
    """A command; none of its parts imports torch before `run` is called."""

    summary: str
    """One sentence for `--help`."""
    add_arguments: Callable[[argparse.ArgumentParser], object]
    run: Callable[[argparse.Namespace], int | None]
    """Does the work, writes to stdout, returns the exit code (None: 0); BadInput where the input cannot be used."""
    bad_input: int = 2
    """Exit code where the input cannot be used; argparse's own."""
    any_versions: bool = False
    """Whether it runs with versions of packages that were not tried, or without them."""


def told_model(text: str, ratios: Iterable[float] = ()) -> None:
    """Refuse a model that cannot be pruned (`require_model`); one that was pruned already is said on stderr.

    Raises:
        BadInput: it is so.
    """
    from harness.models.ahead import pruned_already
    from harness.models.reference import resolve

    require_model(text, ratios)
    if said := pruned_already(resolve(text)):
        sys.stderr.write(f"{said}\n")


def told_source(tier: TierName, folder: Path | None) -> Source:
    """Where a command's items come from; a `--data` that is not read is said on stderr."""
    if said := unread(tier, folder):
        sys.stderr.write(f"{said}\n")
    return source_of(tier, folder)


def told_progress(arguments: argparse.Namespace) -> "TextIO | None":
    """Where a command draws its bars; None with `--quiet`: nowhere."""
    return None if arguments.quiet else progress.output()


def told_subject(reference: str, arguments: argparse.Namespace, place: str) -> "Subject":
    """The model of a command, asked as its options say.

    Args:
        reference: what the user wrote.
        arguments: with data, limit, dtype, store, chat template and thinking.
        place: where the user wrote it, for refusals.

    Raises:
        BadInput: it cannot be loaded, or asked in turns.
    """
    from harness.models.load import device, load_model
    from harness.subject import Subject

    tier = tier_of(reference, "gpu" if device() == "cuda" else "small")
    with named(place):
        loaded = told_form(load_model(reference, dtype=arguments.dtype), arguments.chat_template)
    return Subject(
        loaded, tier, told_source(tier, arguments.data), arguments.limit, arguments.store,
        progress=told_progress(arguments),
        thinking=told_to_think(loaded, arguments.thinking, arguments.thinking_tokens),
    )  # fmt: skip


@contextmanager
def kept_store(arguments: argparse.Namespace, *, writes: bool = True) -> Iterator[None]:
    """While open, `--store` is a folder that can be written; of a URL its mirror, in step with it until this closes.

    Args:
        arguments: with the store.
        writes: whether the command writes to it; a folder that it does not write to is not made.

    Raises:
        BadInput: the folder cannot be made or written, or the place cannot be reached or written.
    """
    from harness.exchange.place import Remote

    remote = arguments.store
    if not isinstance(remote, Remote):
        if writes:
            require_folder("--store", remote)
        yield
        return
    from harness.exchange.keeping import Keeper

    require_folder("--store", remote.mirror)
    arguments.store, keeper = remote.mirror, Keeper(remote, remote.mirror)
    try:
        yield
    finally:
        files.say(keeper.close())


@contextmanager
def crashing_as_bad_input() -> Iterator[None]:
    """While open, a crash is no verdict: Python's own exit code for it, 1, says `broken` of a model.

    Raises:
        BadInput: something crashed, or a file cannot be read or written.
    """
    try:
        yield
    except BadInput:
        raise
    except OSError as error:
        if error.filename is None:  # of the output: `harness.__main__` knows what to say
            raise
        raise BadInput(f"{error.filename}: {error.strerror}; name another file or folder") from error
    except Exception as error:
        traceback.print_exc()
        raise BadInput("nothing is decided: a fault of this package, shown above; please report it") from error
