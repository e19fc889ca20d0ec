"""The crossed design: which tasks are in which cell."""

from pathlib import Path

import pytest

from harness.tasks.crossed import CELLS, FORMS, cells
from harness.tasks.lm_eval_tasks import CLASSIFICATION
from harness.tasks.source import Bundled, Folder, Hub
from harness.tasks.suite import TASKS
from harness.tiers import TIERS

PAGE = Path(__file__).parents[2] / "docs" / "claims.md"


@pytest.mark.parametrize("tier", FORMS)
def test_every_content_is_generated_at_both_depths(tier):
    """Without a data folder, too; what is generated can be drawn several times."""
    found = cells(tier, Hub())
    assert tuple(found) == CELLS
    assert all(tasks for (_, form, _), tasks in found.items() if form == "generated")
    assert all(TASKS[form.generated].states for form in FORMS[tier])
    assert TIERS[tier].recalled > 0


def test_only_a_choice_among_worked_answers_of_arc_is_missing():
    """Nobody publishes any; the tiny tier has all eight cells."""
    assert all(cells("tiny", Bundled()).values())
    assert [cell for cell, tasks in cells("gpu", Folder(Path())).items() if not tasks] == [
        ("knowledge", "choice", "after a chain")
    ]


@pytest.mark.parametrize("tier", FORMS)
def test_a_choice_asks_what_is_generated(tier):
    """Both draw the same items by the same name, so that what was lost can be looked up."""
    for form in FORMS[tier]:
        if form.choice is not None:
            choice = form.choice if form.choice in CLASSIFICATION else TASKS[form.choice].subset or form.choice
            assert choice == (TASKS[form.generated].subset or form.generated)


def test_arithmetic_needs_a_data_folder():
    """It has no copy on the hub, and the tier can do without."""
    at_once = ("reasoning", "generated", "at once")
    assert cells("small", Folder(Path()))[at_once] == ("gsm8k_number", "arithmetic")
    assert cells("small", Hub())[at_once] == ("gsm8k_number",)


def test_the_page_has_the_table():
    """`docs/claims.md` names the tasks of every cell."""
    page = PAGE.read_text(encoding="utf-8")
    tiny, real = cells("tiny", Bundled()), cells("small", Folder(Path()))
    for cell in CELLS:
        named = [" | ".join(cell), *(", ".join(f"`{task}`" for task in found[cell]) for found in (tiny, real))]
        (row,) = [line for line in page.splitlines() if line.startswith(f"| {named[0]} |")]
        assert named[1] in row
        assert named[2] in row
