"""Locks, whole writes and scratch folders."""

import multiprocessing
import os

import pytest

from harness.errors import BadInput
from harness.files import OWNER, alone, require_writable, scratch, taken, write_whole


def hold(path, begun, done):
    """Holds a lock until it is told that it is done."""
    with alone(path, "nothing"):
        begun.set()
        done.wait()


def test_a_held_lock_is_waited_for_and_says_so(tmp_path):
    """A line names what is waited for; the lock is then taken."""
    context = multiprocessing.get_context("fork")
    begun, done, lines = context.Event(), context.Event(), []
    process = context.Process(target=hold, args=(tmp_path / "lock", begun, done))
    process.start()
    begun.wait()

    def tell(line):
        lines.append(line)
        done.set()

    with alone(tmp_path / "lock", "writing answers", patience=0, tell=tell):
        pass
    process.join()
    assert lines == [
        f"another process is writing answers; waiting until it is done ({tmp_path / 'lock'} is locked)",
    ]


def test_a_dead_owner_holds_nothing(tmp_path):
    """A lock file that a killed process left behind is no lock."""
    context = multiprocessing.get_context("fork")
    begun, done = context.Event(), context.Event()
    process = context.Process(target=hold, args=(tmp_path / "lock", begun, done))
    process.start()
    begun.wait()
    process.kill()
    process.join()

    assert (tmp_path / "lock").exists()
    with alone(tmp_path / "lock", "nothing", patience=0, tell=pytest.fail):
        pass


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    """A failure leaves the old content and no part of the new one; permissions are those of any new file."""
    path = write_whole(tmp_path / "a" / "b.txt", "old")
    (tmp_path / "c").write_text("")
    assert path.stat().st_mode == (tmp_path / "c").stat().st_mode

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, "new")
    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


def test_scratch_folders_of_killed_processes_go_and_no_others(tmp_path):
    """What a dead process left under the prefix is removed; a living one's and a user's own folders stay."""
    stale, users = tmp_path / ".out-dead", tmp_path / ".out-mine"
    for folder in (stale, users):
        folder.mkdir()
    (stale / OWNER).write_text("")
    (stale / "model.safetensors").write_bytes(b"x" * 100)
    (users / "notes").write_text("keep")

    with scratch(tmp_path, ".out-") as first:
        assert not stale.exists()
        with scratch(tmp_path, ".out-") as second:
            assert first.is_dir()
            assert second != first
        assert not second.exists()
    assert not first.exists()
    assert (users / "notes").read_text() == "keep"


def test_what_cannot_be_written_is_refused_in_a_sentence(tmp_path):
    """A file where a folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"^--report .*/file: cannot be written \(File exists\); name another folder$"):
        require_writable("--report", tmp_path / "file")
    require_writable("--report", tmp_path / "new" / "folder")
    assert taken(tmp_path / "lock") is not None
