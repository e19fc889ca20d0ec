"""What is found in folders that a user named."""

import os
import shutil

import pytest

from harness.models.reference import bundled
from harness.upkeep import folders
from harness.upkeep.places import StorePlace


def test_a_store_that_is_not_there_can_be_made(tmp_path):
    """And is not made by looking."""
    assert folders.store_place(tmp_path / "new" / "store") == StorePlace(str(tmp_path / "new" / "store"), False)
    assert list(tmp_path.iterdir()) == []


def test_a_store_that_is_there_is_left_as_it_is(tmp_path):
    """No file stays."""
    (tmp_path / "f.jsonl").write_text("")
    assert folders.store_place(tmp_path) == StorePlace(str(tmp_path), True)
    assert [path.name for path in tmp_path.iterdir()] == ["f.jsonl"]


def test_a_file_in_place_of_a_store_cannot_be_written(tmp_path):
    """As opening it would say."""
    (tmp_path / "file").write_text("")
    assert folders.store_place(tmp_path / "file").unwritable == "Not a directory"


def test_files_that_this_user_may_not_use_are_named(tmp_path, monkeypatch):
    """Another user's answers: one that cannot be read, one that cannot be written."""
    for name in ("a.jsonl", "b.jsonl"):
        (tmp_path / name).write_text("")
    may = os.access
    for mode, field in ((os.R_OK, "unreadable"), (os.W_OK, "unwritable")):
        monkeypatch.setattr(
            "os.access",
            lambda path, asked, mode=mode: may(path, asked) and not (asked == mode and path.name == "b.jsonl"),
        )
        assert "b.jsonl" in getattr(folders.store_place(tmp_path), field)


def test_a_lock_that_keeps_nobody_out_is_found(tmp_path, monkeypatch):
    """As on some file systems of several machines; one that is refused is none either."""
    monkeypatch.setattr("fcntl.flock", lambda file, how: None)
    assert not folders.store_place(tmp_path).locks

    def refuse(file, how):
        raise OSError("no locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    assert not folders.store_place(tmp_path).locks


def test_a_model_folder_tells_family_and_size(tiny):
    """As the loaded model has them."""
    found = folders.model_place("tiny")

    assert (found.refused, found.elsewhere, found.model_type) == ("", False, "llama")
    assert found.parameters == sum(weight.numel() for weight in tiny.model.parameters())


@pytest.mark.parametrize(
    ("text", "said"),
    [("nowhere/", "--model nowhere/: no such folder"), ("", "names no model"), ("cut", "cannot be read, as where a")],
)
def test_a_model_that_cannot_be_loaded_is_refused_ahead(tmp_path, monkeypatch, text, said):
    """In the words of a run."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(bundled("tiny"), "cut")
    weights = tmp_path / "cut" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])

    assert said in folders.model_place(text).refused


def test_a_library_that_is_missing_is_no_traceback(monkeypatch):
    """What cannot be looked at is said to be so."""

    def absent(reference, who):
        raise ImportError(name="safetensors")

    monkeypatch.setattr("harness.models.ahead.require_whole", absent)
    assert folders.model_place("tiny").refused == "--model tiny cannot be looked at: safetensors is not installed"


def test_a_model_of_the_hub_is_here_or_elsewhere(monkeypatch):
    """By the cache alone; the catalogue knows the paper's sizes."""
    for cached, elsewhere in ((None, True), ("/cache/config.json", False)):
        monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *_, cached=cached, **__: cached)
        found = folders.model_place("gemma-2-2b")
        assert (found.text, found.elsewhere, found.parameters) == ("google/gemma-2-2b-it", elsewhere, 2_614_341_888)
    assert folders.model_place("a/b@main").text == "a/b@main"


def test_a_data_folder_is_read_file_by_file(tmp_path):
    """A file that is not there, one that is damaged, and who reads them."""
    (tmp_path / "math").mkdir()
    (tmp_path / "math/gsm8k_test.jsonl.gz").write_text("x")
    wrong, readers = folders.data_files(tmp_path)

    assert wrong["code/HumanEval.jsonl.gz"] == "missing"
    assert "is truncated or no gzip file" in wrong["math/gsm8k_test.jsonl.gz"]
    assert readers["gsm8k"] == ("math/gsm8k_test.jsonl.gz",)
    assert readers["facts"] == ()
