"""What came with the package, against what was released."""

import shutil

from harness.errors import BadInput
from harness.models.reference import bundled as folder_of
from harness.upkeep import bundled


def test_the_record_is_of_what_is_here():
    """Whoever trains the tiny model or writes items anew records it: python -m harness.upkeep.bundled."""
    assert bundled.changed() == []


def test_every_file_that_changed_is_named():
    """Another content, one that is gone, one that is new."""
    assert bundled.differing({"a": "1", "b": "2", "c": "3"}, {"a": "1", "b": "9", "d": "4"}) == ["b", "c", "d"]


def test_a_changed_item_and_a_lost_folder_are_found(tmp_path, monkeypatch):
    """On the disk."""
    shutil.copytree(folder_of("data"), tmp_path / "data")
    with (tmp_path / "data/facts/test.jsonl").open("a") as file:
        file.write(" ")
    monkeypatch.setattr(bundled, "bundled", lambda name: tmp_path / name if name == "data" else folder_of(name))
    assert bundled.changed() == ["data/facts/test.jsonl"]

    def lost(name):
        raise BadInput("the folder was not found")

    monkeypatch.setattr(bundled, "bundled", lost)
    assert bundled.changed() == ["the folder was not found"]
