"""The tables of the page about the data folder: what each task reads, and which tasks decide each claim."""

from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.selfcheck.reading import claims_table, tasks_table, write
from harness.tasks.layouts import LAYOUTS
from harness.tasks.lm_eval_tasks import CLASSIFICATION, require_files
from harness.tasks.source import Folder
from harness.tasks.suite import TASKS, reads
from tests.whole_folder import whole_folder

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with every file that a task may read."""
    return whole_folder(tmp_path_factory.mktemp("data"))


def refused_without(name, folder):
    """The files without which a task refuses a folder that holds all others."""

    def load():
        if name in TASKS:
            TASKS[name].load(Folder(folder), "test")
        else:
            require_files([name], Folder(folder))

    load()
    for relative in LAYOUTS:
        hidden = (folder / relative).rename(folder / "hidden")
        try:
            load()
        except BadInput:
            yield relative
        finally:
            hidden.rename(folder / relative)


@pytest.mark.parametrize("name", [*CLASSIFICATION, *TASKS])
def test_a_task_reads_the_files_that_it_declares(name, whole):
    """Those without which it refuses a folder, and no others."""
    assert tuple(refused_without(name, whole)) == reads(name).names


def test_the_page_says_what_each_task_reads():
    """As `python -m harness.selfcheck.reading` writes it; HumanEval+ two files, the mini-world's tasks none."""
    assert tasks_table() in PAGE
    assert "| `human_eval_plus` | `code/HumanEvalPlus-OriginFmt.jsonl.gz`, `code/HumanEval.jsonl.gz` |" in PAGE
    assert "| `facts` |" not in tasks_table()


def test_the_page_says_which_tasks_decide_each_claim():
    """As the same command writes it."""
    assert claims_table() in PAGE


def test_the_tables_are_written_in_place_of_the_old_ones(tmp_path):
    """A page without a row gets it back, and nothing else changes."""
    page = tmp_path / "data.md"
    kept = [line for line in PAGE.splitlines() if not line.startswith(("| `xsum` |", "| `arithmetic-drop` |"))]
    page.write_text("\n".join(kept) + "\n", encoding="utf-8")
    write(page)

    assert page.read_text(encoding="utf-8") == PAGE
