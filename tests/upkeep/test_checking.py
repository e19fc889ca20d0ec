"""Damage in a store: found as a run finds it, named, set aside, and then known."""

import pytest

from harness.errors import BadInput
from harness.score.store import Store
from harness.upkeep.checking import damage
from harness.upkeep.shelf import recoveries


def told(store):
    """What is found; nothing else is said."""
    said = []
    return list(damage(store, said.append)), said


def test_a_whole_store_has_none(store):
    """And is left byte for byte as it was."""
    before = {path: path.read_bytes() for path in store.rglob("*") if path.is_file()}

    assert told(store) == ([], [])
    assert all(path.read_bytes() == content for path, content in before.items())


@pytest.mark.parametrize(
    ("name", "old", "new", "key"),
    [
        ("f00f00f0.jsonl", b"-1.5", b"-2.5", "a" * 32),
        ("judged/facts.jsonl", b'"right"', b'"wrong"', "c" * 32),
        ("rankings.jsonl", b"[2]", b"[3]", "d" * 32),
    ],
)
def test_a_damaged_line_is_named_and_set_aside(store, name, old, new, key):
    """A second look finds nothing new; what is not damaged is read as ever; the evidence stays."""
    path = store / name
    path.write_bytes(path.read_bytes().replace(old, new))
    (sentence,), said = told(store)

    assert f"{path}: the line at byte" in sentence
    assert sentence.endswith(f"(key '{key}') is damaged: set aside, and computed again")
    assert said == []
    assert new in path.read_bytes()
    assert told(store) == ([], [])
    warned = []
    assert Store(store, "f11f11f1", tell=warned.append).get("a" * 32) is not None
    assert warned == []


def test_damaged_parameters_are_set_aside_as_a_training_does(store):
    """Under a name that no run reads."""
    ((path,),) = [run.files for run in recoveries(store)]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    (sentence,), _ = told(store)

    assert sentence == f"{path} is damaged: set aside as {path.stem}.damaged, and trained again"
    assert not path.exists()
    assert told(store) == ([], [])


def test_a_line_cut_by_a_crash_is_no_damage(store):
    """It is computed again, and nobody is told, as ever."""
    path = store / "f00f00f0.jsonl"
    path.write_bytes(path.read_bytes()[:-30])

    assert told(store) == ([], [])


def test_what_cannot_be_set_aside_is_named_all_the_same(store, monkeypatch):
    """In a store that cannot be written."""
    path = store / "f00f00f0.jsonl"
    path.write_bytes(path.read_bytes().replace(b"-1.5", b"-2.5"))

    def refuse(*_):
        raise BadInput("--store S: cannot be written (Read-only file system)")

    monkeypatch.setattr("harness.journal.Journal.append", refuse)
    found, said = told(store)

    assert len(found) == 1
    assert said == ["named only: --store S: cannot be written (Read-only file system)"]
