"""Where items come from: which task has any in the mini-world, in a folder, on the hub."""

from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.tasks import xsum
from harness.tasks.lm_eval_tasks import CLASSIFICATION
from harness.tasks.source import NO_FILES, Bundled, Files, Folder, Hub, source_of, unread
from harness.tasks.suite import TASKS, evaluate, reads, require_items

SOURCES = (Bundled(), Folder(Path("nowhere")), Hub())


def test_the_tiny_tier_has_its_own_items():
    """Whatever `--data` says; a real model has those of the folder, else the hub's."""
    assert source_of("tiny", None) == source_of("tiny", Path("here")) == Bundled()
    assert source_of("small", Path("here")) == source_of("gpu", Path("here")) == Folder(Path("here"))
    assert source_of("small", None) == source_of("gpu", None) == Hub()
    assert not unread("small", Path("here"))
    assert not unread("tiny", None)


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("source", SOURCES, ids=lambda source: type(source).__name__)
def test_a_task_loads_where_it_says_that_its_items_are(name, source, monkeypatch):
    """And refuses every other source in a sentence: no real model is asked the mini-world's items in their place."""
    asked = []
    monkeypatch.setattr("harness.tasks.layouts.hub_rows", lambda *given: asked.append(given) or [])
    files = TASKS[name].reads
    try:
        found = TASKS[name].load(source, "test")
    except BadInput as error:
        refusal = str(error)
    else:
        refusal = None
        assert found
    if files == NO_FILES:
        assert refusal is None
    elif isinstance(source, Folder):
        assert refusal.startswith("--data nowhere: the folder has no file ")
    elif isinstance(source, Hub) and files.may_be_in(source):
        assert "has no rows" in refusal  # the hub was asked, and this one is empty
        assert asked
    elif files.may_be_in(source):
        assert refusal is None
    else:
        assert {"Bundled": "the tiny tier has the mini-world only", "Hub": "no copy on the hub"}[
            type(source).__name__
        ] in refusal
        assert not asked


@pytest.mark.parametrize("name", [*CLASSIFICATION, "gsm8k", "two_digit_addition", "arithmetic_fresh"])
def test_what_cannot_be_had_is_refused_before_it_is_read(name, tmp_path):
    """By the first that asks, without the hub and without a model; lm-eval's tasks too."""
    for source in (Bundled(), Folder(tmp_path), Hub()):
        if reads(name).may_be_in(source) and not isinstance(source, Folder):
            require_items([name], source)
            continue
        with pytest.raises(BadInput, match=reads(name).names[0]):
            require_items(["facts", name], source)
        with pytest.raises(BadInput, match=reads(name).names[0]):
            evaluate(["facts", name], None, source, None, 0)


def test_files_are_in_a_folder_only(tmp_path):
    """All of them; elsewhere the items may be, but no files."""
    files = Files(("a", "b"))
    for present in ("a", "b"):
        assert not files.are_in(Folder(tmp_path))
        (tmp_path / present).touch()
    assert files.are_in(Folder(tmp_path))
    assert not files.are_in(Hub())


def test_the_hub_has_what_the_layout_is_of(monkeypatch):
    """A data set is named once, beside its columns."""
    asked = []
    monkeypatch.setattr("harness.tasks.xsum.hub_rows", lambda *given: asked.append(given) or [])
    assert xsum.load(Hub(), "selection") == []
    assert asked == [("EdinburghNLP/xsum", None, "validation")]
