"""Which file of a data folder each task reads, and which tasks decide each claim: the tables of `docs/data.md`.

python -m harness.selfcheck.reading      writes both into docs/data.md
"""

from collections.abc import Iterable
from pathlib import Path

from harness.arguments import require_checkout
from harness.errors import one_sentence_of
from harness.markdown import table
from harness.tasks.lm_eval_tasks import CLASSIFICATION
from harness.tasks.roles import QUESTIONS
from harness.tasks.suite import TASKS, reads


def tasks_table() -> str:
    """Show what each task reads, as Markdown; the mini-world's tasks read nothing and are left out."""
    found = [(f"`{name}`", _named(reads(name).names)) for name in (*CLASSIFICATION, *TASKS)]
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


def write(page: Path) -> None:
    """Put both tables in place of those that a page has."""
    text = page.read_text(encoding="utf-8")
    for written in (tasks_table(), claims_table()):
        head = written.splitlines()[0]
        old = text[text.index(head) :].split("\n\n")[0]
        text = text.replace(old, written.rstrip())
    page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    with one_sentence_of("python -m harness.selfcheck.reading"):
        require_checkout(Path(), "docs")
        write(Path("docs/data.md"))
