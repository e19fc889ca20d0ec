"""`python -m harness store`: what is kept, whether it is whole, what nobody reads any more, a copy, an exchange."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness import files
from harness.arguments import require_data, require_file, require_model
from harness.commands.command import Command, told_source
from harness.errors import BadInput
from harness.exchange.place import Remote
from harness.models.reference import tier_of
from harness.options import as_path, declare
from harness.sizes import size

if TYPE_CHECKING:
    from harness.upkeep.shelf import Book

ACTIONS = {
    "ls": "what is kept: models, tasks, trainings",
    "show": "one entry, by its key (with --model REF the prompt that it answers too) or by --model --task --item",
    "verify": "every checksum; what is damaged is named and set aside",
    "gc": "what no code of today reads any more; with --delete it goes",
    "export": "a copy at --out, of the named models only where --model names any",
    "pull": "bring what a URL has to --store; sync: send what only --store has there as well",
    "sync": "as pull, and both ways",
}
EXCHANGES = ("pull", "sync")
DAMAGED = 1
"""Exit code of verify where it found damage that was not known."""
OF = {
    "model": ("show", "export"), "task": ("show",), "item": ("show",), "data": ("show",), "dtype": ("show",),
    "out": ("export",), "delete": ("gc",), "json": ("ls",), "entry": ("show",),
}  # fmt: skip
"""Options -> the actions that they are of."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what the command may be given."""
    add = parser.add_argument
    add("action", choices=ACTIONS, help="; ".join(f"{name}: {what}" for name, what in ACTIONS.items()))
    add("entry", nargs="?", metavar="KEY|URL", help="show: a key, or its first digits; pull, sync: a place such as "
        "s3://bucket/prefix")  # fmt: skip
    declare(add, "--store", help="the folder that a run was given with --store (default: .store/)")
    declare(add, "--model", action="append", default=None, help="show: the model that is asked; export: a name or a "
        "fingerprint as ls shows it, repeatable")  # fmt: skip
    add("--task", action="append", metavar="NAME", help="show: the task of an item")
    add("--item", metavar="ID", help="show: the item whose question is looked up, with every answer to it")
    declare(add, "--data", help="show: the folder that the task is read from")
    declare(add, "--dtype", help="show: of the weights, as the run had them")
    add("--out", type=as_path, metavar="DIR", help="export: a new folder")
    add("--delete", action="store_true", help="gc: remove what it names")
    declare(add, "--json", help="ls: write the rows to this file")


def run(arguments: argparse.Namespace) -> int | None:
    """Do one of the actions.

    Returns:
        1 where `verify` finds damage that was not known.

    Raises:
        BadInput: an argument cannot be used, or the store cannot be read or written.
    """
    from harness.upkeep.shelf import require_store

    for name, actions in OF.items():
        if name == "entry" and arguments.action in EXCHANGES:
            continue
        if getattr(arguments, name) and arguments.action not in actions:
            of = " and ".join(f"store {action}" for action in actions)
            raise BadInput(
                f"{'KEY' if name == 'entry' else f'--{name}'} is of {of}; leave it out of store {arguments.action}"
            )
    if arguments.action in EXCHANGES:
        from harness.commands.exchange import exchange

        exchange(arguments.action, arguments.entry, arguments.store)
        return None
    require_file("--json", arguments.json)
    if arguments.action == "export":
        from harness.export.folder import require_new

        if arguments.out is None:
            raise BadInput("store export needs --out DIR: a new folder for the copy")
        require_new(arguments.out)
    if arguments.action == "show":
        _require_one(arguments)
    if isinstance(arguments.store, Remote):
        from harness.commands.exchange import pulled

        arguments.store = pulled(arguments.action, arguments.store)
    require_store(arguments.store)
    return {"ls": _ls, "show": _show, "verify": _verify, "gc": _gc, "export": _export}[arguments.action](arguments)


def _require_one(arguments: argparse.Namespace) -> None:
    """Refuse to show anything but one entry, or one item.

    Raises:
        BadInput: it is neither.
    """
    from harness.tasks.suite import TASKS, require_tasks

    require_data(arguments.data)
    asked = [arguments.model, arguments.task, arguments.item]
    if arguments.entry and (arguments.item or (arguments.task and not arguments.model)):
        raise BadInput("store show KEY takes --model REF, and --task NAME beside it, to find the prompt; no --item")
    if not arguments.entry and not any(asked):
        raise BadInput("store show takes a KEY, or --model REF --task NAME --item ID")
    for name in arguments.task or ():
        require_tasks([name])
        if name not in TASKS:
            raise BadInput(f"--task {name}: lm-eval asks its items; expected a task of ours: {', '.join(TASKS)}")
    for reference in arguments.model or ():
        require_model(reference)
    if arguments.entry:
        if len(arguments.model or ()) > 1:
            raise BadInput("store show KEY takes one --model REF, whose prompts are looked through")
        return
    if not all(asked) or len(arguments.model) > 1 or len(arguments.task) > 1:
        raise BadInput("store show takes one --model REF, one --task NAME and one --item ID together")


def _books(store: Path) -> "list[Book]":
    from harness.upkeep.shelf import book_paths, read

    return [read(path, kind) for path, kind in book_paths(store).items()]


def _ls(arguments: argparse.Namespace) -> None:
    from harness.upkeep.listing import page, row_of, row_of_recovery
    from harness.upkeep.shelf import book_paths, read, recoveries

    paths = book_paths(arguments.store).items()
    rows = [row_of(read(path, kind)) for path, kind in paths]  # one file in memory at a time
    rows = sorted(rows, key=lambda row: (row["kind"], row["name"])) + [
        row_of_recovery(run) for run in recoveries(arguments.store)
    ]
    sys.stdout.write(page(arguments.store, rows))
    if arguments.json is not None:
        files.write_whole(arguments.json, json.dumps(rows, indent=1) + "\n")


def _show(arguments: argparse.Namespace) -> None:
    from harness.upkeep.listing import found, shown

    if arguments.entry:
        entries = found(arguments.entry, _books(arguments.store))
        sys.stdout.write("\n".join(shown(book, line) for book, line in entries))
        if arguments.model:
            sys.stdout.write(_prompt(arguments, str(entries[0][1].row["key"])))
        return
    from harness.upkeep.asking import questions

    (reference,), (task,) = arguments.model, arguments.task
    books = _books(arguments.store)
    source = told_source(tier_of(reference, "small"), arguments.data)
    for question in questions(reference, arguments.dtype, task, arguments.item, source):
        entries = [(book, book.entries[question.key]) for book in books if question.key in book.entries]
        sys.stdout.write(question.page() + "\n")
        sys.stdout.write("\n".join(shown(book, line) for book, line in entries) or "nothing in this store answers it\n")


def _prompt(arguments: argparse.Namespace, key: str) -> str:
    """Which item an entry answers, and what it is asked."""
    from harness.tasks.suite import TASKS
    from harness.upkeep.asking import question_of

    (reference,) = arguments.model
    source = told_source(tier_of(reference, "small"), arguments.data)
    asked = question_of(reference, arguments.dtype, key, arguments.task or list(TASKS), source)
    if asked is None:
        return "\nno item of these tasks asks this first: it is of another model, or was asked after an answer\n"
    task, item, question = asked
    return f"\nitem {item} of {task}\n{question.page()}"


def _verify(arguments: argparse.Namespace) -> int:
    from harness.upkeep.checking import damage
    from harness.upkeep.shelf import recoveries

    found = list(damage(arguments.store, files.say))
    sys.stdout.writelines(f"{sentence}\n" for sentence in found)
    books, runs = _books(arguments.store), recoveries(arguments.store)
    count = sum(len(book.entries) for book in books)
    trained = sum(len(run.files) for run in runs)
    sys.stdout.write(f"{count} entries and {trained} files of trainings are whole; {len(found)} were damaged\n")
    return DAMAGED if found else 0


def _gc(arguments: argparse.Namespace) -> None:
    from harness.upkeep.clearing import clear, waste

    found = waste(arguments.store)
    for one in found:
        why = ", ".join(f"{count} {reason}" for reason, count in one.why.items())
        sys.stdout.write(f"{one.path}: {size(one.size)}: {why}\n")
    total = size(sum(one.size for one in found))
    if not arguments.delete:
        sys.stdout.write(
            f"{total} that nobody reads; nothing was removed: add --delete\n" if found else "nothing to remove\n"
        )
        return
    left = clear(arguments.store)
    sys.stdout.writelines(f"{path}: another process trains it; left\n" for path in left)
    sys.stdout.write(f"{total} that nobody read are removed\n")


def _export(arguments: argparse.Namespace) -> None:
    from harness.upkeep.copying import copy

    copied = copy(arguments.store, arguments.out, arguments.model or ())
    sys.stdout.write(f"{arguments.out}: answers of {len(copied)} variants; go on with --store {arguments.out}\n")


STORE = Command("List, show, check, clear, copy or exchange the answers that a store keeps.", add_arguments, run)
