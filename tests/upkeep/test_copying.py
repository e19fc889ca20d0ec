"""A copy of a store."""

import pytest

from harness.errors import BadInput
from harness.score.store import Store
from harness.upkeep.copying import copy


def names(folder):
    """Its files, locks aside."""
    return {
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"
    }


KEPT = {"judged/facts.jsonl", "rankings.jsonl", ".gitignore"}
TRAINED = {f"recoveries/{'e' * 32}-5.safetensors", f"recoveries/{'e' * 32}.json"}


def test_a_whole_copy_has_everything(store, tmp_path):
    """Answers, outcomes, rankings, trainings, byte for byte; the store stays as it was."""
    before = names(store)
    copied = copy(store, tmp_path / "new" / "copy")

    assert len(copied) == 3
    assert names(tmp_path / "new" / "copy") == before | {".gitignore"}
    for name in before:
        assert (tmp_path / "new" / "copy" / name).read_bytes() == (store / name).read_bytes()
    assert names(store) == before
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["copy"]


@pytest.mark.parametrize(
    ("wanted", "files"),
    [
        (["tiny"], {"f00f00f0.jsonl", "f11f11f1.jsonl"} | TRAINED),
        (["tiny without 2"], {"f11f11f1.jsonl"}),
        (["other"], {"abcdef01.jsonl"}),
        (["abcdef"], {"abcdef01.jsonl"}),
        (["f00f00f0", "other"], {"f00f00f0.jsonl", "abcdef01.jsonl"}),
    ],
)
def test_a_copy_of_some_models_has_their_variants(store, tmp_path, wanted, files):
    """By the model's name, a variant's, or a fingerprint; outcomes and rankings are no model's."""
    copy(store, tmp_path / "copy", wanted)

    assert names(tmp_path / "copy") == files | KEPT


def test_a_training_that_says_no_model_is_copied(store, tmp_path):
    """Nothing is lost that somebody may mean."""
    (store / "recoveries" / f"{'e' * 32}.json").unlink()
    copy(store, tmp_path / "copy", ["other"])

    assert f"recoveries/{'e' * 32}-5.safetensors" in names(tmp_path / "copy")


def test_a_run_goes_on_from_a_copy(store, tmp_path):
    """It reads what the store has, and its marks of damaged lines are at the same places."""
    path = store / "f00f00f0.jsonl"
    path.write_bytes(path.read_bytes().replace(b"-1.5", b"-2.5"))
    told = []
    Store(store, "f00f00f0", tell=told.append).put({})
    assert len(told) == 1
    copy(store, tmp_path / "copy", ["tiny"])

    assert Store(tmp_path / "copy", "f00f00f0", tell=told.append).get("b" * 32) is not None
    assert len(told) == 1


def test_a_line_that_is_being_written_is_left_out(store, tmp_path):
    """The copy ends with a whole one."""
    path = store / "f00f00f0.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole + b'\n{"check": "0')
    copy(store, tmp_path / "copy")

    assert (tmp_path / "copy" / "f00f00f0.jsonl").read_bytes() == whole + b"\n"


def test_a_name_that_is_no_models_is_one_sentence(store, tmp_path):
    """With the names that there are; nothing is made."""
    with pytest.raises(BadInput, match=r"--model gpt: the store has no answers of it; expected other, tiny, or a"):
        copy(store, tmp_path / "copy", ["gpt"])
    assert not (tmp_path / "copy").exists()


def test_a_copy_that_cannot_be_written_leaves_nothing(store, tmp_path, monkeypatch):
    """A full disk in the middle of it."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copy2", full)
    with pytest.raises(BadInput, match=r"cannot be written \(No space left on device\); free space, or name another"):
        copy(store, tmp_path / "copy")
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_copy_inside_the_store_is_refused(store):
    """It would be read as a part of it."""
    for out in (store, store / "inside"):
        with pytest.raises(BadInput, match=r"lies in the store that is copied .*; name a folder outside it"):
            copy(store, out)
