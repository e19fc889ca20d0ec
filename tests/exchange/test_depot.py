"""Objects of a place that is a folder, which shows a half of a file where nobody takes care."""

import os

import pytest

from harness.errors import BadInput
from harness.exchange.depot import LAYOUT, Depot, files_of, lines_of


@pytest.fixture
def depot(tmp_path):
    return Depot(f"file://{tmp_path}/there")


def test_what_is_written_is_listed_and_read(depot, tmp_path):
    """Under the layout's folder, beside which anything may lie."""
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "else").write_text("x")
    assert depot.listed() == {}
    depot.require_readable()
    depot.require_writable()
    name = depot.write_lines(b"abc\n")
    (tmp_path / "weights").write_bytes(b"1234")
    file = depot.write_file("recoveries/ab.json", tmp_path / "weights")

    listed = depot.listed()
    assert {key: size for key, size in listed.items() if key != "hello"} == {name: 4, file: 4}
    assert depot.lines([name]) == [b"abc\n"]
    assert (lines_of(listed), files_of(listed)) == ({name}, {"recoveries/ab.json": [file]})
    assert depot.read_file(file, tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"1234"


def test_no_half_is_ever_seen(depot, tmp_path, monkeypatch):
    """An object has its name when all of it is there; what was begun is gone, or named otherwise."""
    begun = []

    def dies(path, content):
        (tmp_path / "seen").write_bytes(content[:1])
        begun.append(path)
        raise KeyboardInterrupt

    monkeypatch.setattr(depot.fs, "pipe_file", dies)
    with pytest.raises(KeyboardInterrupt):
        depot.write_lines(b"abc\n")

    assert begun[0].endswith(".part")
    assert lines_of(depot.listed()) == set()


def test_an_object_that_is_gone_or_another_is_told_once_and_then_not_there(tmp_path):
    """Nobody takes it for lines."""
    said = []
    depot = Depot(f"file://{tmp_path}/there", said.append)
    name = depot.write_lines(b"abc\n")
    (tmp_path / "there" / LAYOUT / name).write_bytes(b"abd\n")
    gone = "lines/" + "0" * 32

    assert depot.lines([name, gone]) == []
    assert not depot.read_file("files/x/gone", tmp_path / "back")
    told = sorted(line.partition(" is not as it was written: ")[0] for line in said)
    assert told == sorted(f"{depot.root}/{one}" for one in (name, gone, "files/x/gone"))
    assert depot.listed() == {}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_place_that_may_not_be_written_is_one_sentence(depot, tmp_path):
    """Before anything else is done."""
    (tmp_path / "there").mkdir(mode=0o500)
    with pytest.raises(BadInput, match=r"^--store file://.*/there: cannot be written \(access is denied"):
        depot.require_writable()


def test_a_file_in_place_of_a_folder_is_one_sentence(depot, tmp_path):
    """With the reason."""
    (tmp_path / "there").write_text("x")
    with pytest.raises(BadInput, match=r"^--store file://.*/there: cannot be written \("):
        depot.require_writable()
