"""Reading JSON lines and finding files of a data folder."""

import gzip
import json

import pytest

from harness.errors import BadInput
from harness.tasks.data import numbered_rows, read_jsonl
from harness.tasks.source import Folder, Hub, data_file

ROWS = [{"question": f"größe {number}", "answer": number} for number in range(200)]
TEXT = "\n\n".join(json.dumps(row, ensure_ascii=False) for row in ROWS) + "\n"


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_rows_come_back_in_order(tmp_path, name):
    """Plain and gzipped files give the same rows; blank lines are skipped."""
    path = tmp_path / name
    path.write_bytes(gzip.compress(TEXT.encode()) if name.endswith("gz") else TEXT.encode())
    assert read_jsonl(path) == ROWS


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("cut.jsonl.gz", gzip.compress(TEXT.encode())[:-40], "truncated or no gzip file"),
        ("plain.jsonl.gz", TEXT.encode(), "truncated or no gzip file"),
        ("text.jsonl", b'{"a": 1}\nnot json\n', "line 2: not JSON"),
        ("cut.jsonl", b'{"a": 1}\n{"a": ', "line 2: not JSON"),
        ("list.jsonl", b"[1]\n", "line 1: a JSON list"),
        ("latin.jsonl", b'{"a": "\xe9"}\n', "not UTF-8"),
        ("utf16.jsonl", '{"a": 1}'.encode("utf-16"), "not UTF-8"),
        ("deep.jsonl", b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "line 1: nested too deeply"),
        ("long.jsonl", b'{"a": ' + b"9" * 5000 + b"}", "line 1: a number of more than 4300 digits"),
        ("half.jsonl", b'{"a": 1}\n{"a": "\\ud83d"}', "line 2: half of a character"),
    ],
)
def test_damaged_files_are_named(tmp_path, name, content, message):
    """A damaged file is refused in a sentence with its path and place."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInput, match=message) as caught:
        read_jsonl(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path):
    """A path that is no file is refused by name."""
    with pytest.raises(BadInput, match=r"absent\.jsonl does not exist"):
        read_jsonl(tmp_path / "absent.jsonl")


def test_a_data_folder_is_looked_into(tmp_path):
    """Files are found below the folder; a missing one names folder and file."""
    (tmp_path / "math").mkdir()
    (tmp_path / "math" / "a.jsonl").touch()
    assert data_file(Folder(tmp_path), "math/a.jsonl") == tmp_path / "math" / "a.jsonl"
    with pytest.raises(BadInput, match=r"has no file math/b\.jsonl; .* as docs/data\.md says"):
        data_file(Folder(tmp_path), "math/b.jsonl")
    with pytest.raises(BadInput, match="--data DIR"):
        data_file(Hub(), "math/a.jsonl")


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.jsonl.gz"])
def test_a_byte_order_mark_and_other_line_ends_are_no_matter(tmp_path, name):
    """As some editors write them."""
    content = b"\xef\xbb\xbf" + b'{"a": 1}\r\n\r\n{"a": 2}\r\n'
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert read_jsonl(path) == [{"a": 1}, {"a": 2}]
    assert [number for number, _ in numbered_rows(path)] == [1, 3]


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path):
    """By both readers."""
    (tmp_path / "a.jsonl").mkdir()
    with pytest.raises(BadInput, match=r"a\.jsonl is a folder; expected"):
        read_jsonl(tmp_path / "a.jsonl")
    with pytest.raises(BadInput, match=r"a\.jsonl is a folder; put the file there"):
        data_file(Folder(tmp_path), "a.jsonl")
