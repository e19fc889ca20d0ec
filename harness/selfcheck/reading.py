"""Which file of a data folder each task reads, and which tasks decide each claim: the tables of `docs/data.md`.

A task's files are found by behaviour: those without which it refuses a folder that holds all others.

    python -m harness.selfcheck.reading      writes both into docs/data.md
"""

import tempfile
from collections.abc import Iterable
from pathlib import Path

from harness.errors import BadInput
from harness.markdown import table
from harness.selfcheck.stand_in_items import write_dry_data
from harness.tasks.arithmetic import SEVERAL_DIGITS
from harness.tasks.layouts import LAYOUTS
from harness.tasks.lm_eval_tasks import CLASSIFICATION, require_files
from harness.tasks.roles import QUESTIONS
from harness.tasks.suite import TASKS


def whole_folder(folder: Path) -> Path:
    """Write invented items into a folder, in every file that a task may read."""
    write_dry_data(folder)
    sums = (folder / "arithmetic/single_digit_three_ops.jsonl").read_bytes()
    for task in SEVERAL_DIGITS:
        (folder / f"arithmetic/{task.name}.jsonl").write_bytes(sums)
    return folder


def files_of(name: str, folder: Path) -> tuple[str, ...]:
    """Find the files that a task reads: take each in turn out of a whole folder, and see whether the task refuses it.

    Raises:
        BadInput: the task refuses the whole folder.
    """
    _load(name, folder)
    return tuple(relative for relative in LAYOUTS if _needs(name, folder, relative))


def _load(name: str, folder: Path) -> None:
    if name in TASKS:
        TASKS[name].load(folder, "test")
    else:
        require_files([name], folder)


def _needs(name: str, folder: Path, relative: str) -> bool:
    hidden = (folder / relative).rename(folder / "hidden")
    try:
        _load(name, folder)
    except BadInput:
        return True
    finally:
        hidden.rename(folder / relative)
    return False


def tasks_table(folder: Path) -> str:
    """Show what each task reads, as Markdown; the mini-world's tasks read nothing and are left out."""
    found = [(f"`{name}`", _named(files_of(name, folder))) for name in (*CLASSIFICATION, *TASKS)]
    return table(("task", "reads"), [row for row in found if row[1]])


def claims_table() -> str:
    """Show which tasks decide each claim on the small and the gpu tier, as Markdown."""
    rows = [
        (f"`{claim}`", *(_named(_once(questions.on(tier).values())) for tier in ("small", "gpu")))
        for claim, questions in QUESTIONS.items()
    ]
    return table(("claim", "small tier", "gpu tier"), rows)


def _once(roles: Iterable[tuple[str, ...]]) -> Iterable[str]:
    return dict.fromkeys(task for tasks in roles for task in tasks)


def _named(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def write(page: Path, folder: Path) -> None:
    """Put both tables in place of those that a page has."""
    text = page.read_text(encoding="utf-8")
    for written in (tasks_table(folder), claims_table()):
        head = written.splitlines()[0]
        old = text[text.index(head) :].split("\n\n")[0]
        text = text.replace(old, written.rstrip())
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        write(Path("docs/data.md"), whole_folder(Path(scratch)))
