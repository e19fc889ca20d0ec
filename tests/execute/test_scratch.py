"""The folders that programs run in."""

import tempfile
from concurrent.futures import ThreadPoolExecutor

import pytest

from harness.execute import scratch


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """A temporary folder of the test's own."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_what_a_killed_run_left_is_removed(place):
    """It holds no lock any more."""
    (place / f"{scratch.PREFIX}abandoned").mkdir()
    with scratch.folder() as folder:
        assert list(place.iterdir()) == [folder]

    assert list(place.iterdir()) == []


def test_what_another_run_uses_is_kept(place):
    """As is everything that is not ours, or not empty."""
    (place / "sandbox-of-somebody").mkdir()
    (place / f"{scratch.PREFIX}full" / "content").mkdir(parents=True)
    (place / f"{scratch.PREFIX}link").symlink_to(place / "sandbox-of-somebody")
    with scratch.folder() as first, scratch.folder() as second:
        assert first.is_dir()
        assert second.is_dir()

    assert len(list(place.iterdir())) == 3


def test_many_runs_start_at_once(place):
    """None takes another's folder away before it is locked."""

    def run(_):
        with scratch.folder() as folder:
            return folder.is_dir()

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(run, range(400)))
    assert list(place.iterdir()) == []
