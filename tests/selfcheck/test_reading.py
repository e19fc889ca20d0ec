"""The tables of the page about the data folder: what each task reads, and which tasks decide each claim."""

from pathlib import Path

import pytest

from harness.selfcheck.reading import claims_table, files_of, tasks_table, whole_folder, write
from harness.tasks.layouts import LAYOUTS

PAGE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder with every file that a task may read."""
    return whole_folder(tmp_path_factory.mktemp("data"))


def test_a_task_reads_the_files_without_which_it_refuses(whole):
    """HumanEval+ two, GSM8K its test split, lm-eval's tasks their own, the mini-world's none; nothing is lost."""
    assert files_of("human_eval_plus", whole) == ("code/HumanEvalPlus-OriginFmt.jsonl.gz", "code/HumanEval.jsonl.gz")
    assert files_of("gsm8k", whole) == ("math/gsm8k_test.jsonl.gz",)
    assert files_of("piqa", whole) == ("classification/piqa_validation.jsonl.gz",)
    assert files_of("facts", whole) == ()
    assert all((whole / relative).is_file() for relative in LAYOUTS)


def test_the_page_says_what_each_task_reads(whole):
    """As `python -m harness.selfcheck.reading` writes it."""
    assert tasks_table(whole) in PAGE


def test_the_page_says_which_tasks_decide_each_claim():
    """As the same command writes it."""
    assert claims_table() in PAGE


def test_the_tables_are_written_in_place_of_the_old_ones(whole, tmp_path):
    """A page without a row gets it back, and nothing else changes."""
    page = tmp_path / "data.md"
    kept = [line for line in PAGE.splitlines() if not line.startswith(("| `xsum` |", "| `arithmetic-drop` |"))]
    page.write_text("\n".join(kept) + "\n", encoding="utf-8")
    write(page, whole)

    assert page.read_text(encoding="utf-8") == PAGE
