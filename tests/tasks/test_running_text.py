"""Texts of equal length, cut from one long one."""

import gzip
import json

import pytest

from harness.errors import BadInput
from harness.models.reference import bundled
from harness.tasks.data import read_jsonl
from harness.tasks.running_text import chunks, corpus_text, read_text
from harness.tasks.source import Bundled, Folder
from harness.text.encode import plain_ids


@pytest.fixture(scope="module")
def mini_world():
    """Running text of the tiny tier."""
    return corpus_text("wikitext2", Bundled())


@pytest.mark.parametrize("length", [8, 64, 100])
def test_every_piece_has_the_length_that_was_asked_for(tiny, mini_world, length):
    """As the method will encode it, the BOS included; and stands in the corpus, token by token."""
    pieces = chunks(mini_world, tiny.tokenizer, 20, length, 0, "x")

    assert {len(plain_ids(piece, tiny.tokenizer)) for piece in pieces} == {length}
    whole = " ".join(map(str, tiny.tokenizer(mini_world, add_special_tokens=False).input_ids))
    for piece in pieces:
        assert f" {' '.join(map(str, plain_ids(piece, tiny.tokenizer)[1:]))} " in f" {whole} "


def test_a_bos_counts(tiny, mini_world):
    """Of 16 tokens the tokenizer puts one before the 15 that are cut."""
    (piece,) = chunks(mini_world, tiny.tokenizer, 1, 16, 0, "x")

    assert plain_ids(piece, tiny.tokenizer)[0] == tiny.tokenizer.bos_token_id
    assert len(piece.split()) == 15


def test_places_are_seeded_and_fewer_are_the_first_of_more(tiny, mini_world):
    """So that a search on four texts sees the first four of another's."""
    many = chunks(mini_world, tiny.tokenizer, 30, 32, 7, "x")

    assert chunks(mini_world, tiny.tokenizer, 4, 32, 7, "x") == many[:4]
    assert chunks(mini_world, tiny.tokenizer, 4, 32, 8, "x") != many[:4]


def test_pieces_do_not_overlap(tiny):
    """Every word of a text of numbered words is in one piece at most."""
    words = sorted(word for word in tiny.tokenizer.get_vocab() if word.isalpha() and len(word) > 1)[:90]
    pieces = chunks(" ".join(words), tiny.tokenizer, 9, 11, 0, "x")

    assert sorted(word for piece in pieces for word in piece.split()) == words


@pytest.mark.parametrize("count", [11, 10**6])
def test_too_few_are_refused_with_how_many_there_are(tiny, count):
    """A corpus that cannot give what is asked for never gives less."""
    text = " ".join("the" for _ in range(105))
    with pytest.raises(
        BadInput,
        match=rf"--calibration x: {count} texts of 11 tokens are asked for, and the corpus of 105 tokens has 10",
    ):
        chunks(text, tiny.tokenizer, count, 11, 0, "x")


def test_a_tokenizer_that_encodes_a_piece_to_other_tokens_still_gets_the_length():
    """Where a cut makes a new token, the piece is made shorter; where that does not help, it is left out."""

    class Marks:
        """A letter a token, and a mark before a text that begins with b; ? is half a character."""

        bos_token_id = eos_token_id = None
        eos_token = ""

        def __call__(self, text, **_):
            return type("Encoded", (), {"input_ids": [*(["_"] if text.startswith("b") else []), *text]})()

        def decode(self, ids, **_):
            return "".join(ids).replace("?", "\ufffd").replace("_", "")

    text = "ab" * 10 + "?" * 5
    pieces = chunks(text, Marks(), 4, 5, 0, "x")

    assert sorted(pieces) == ["ababa", "ababa", "baba", "baba"]
    with pytest.raises(BadInput, match="the corpus of 25 tokens has 4"):
        chunks(text, Marks(), 5, 5, 0, "x")


def test_files_are_plain_or_rows_gzipped_or_not(tmp_path):
    """Documents of a .jsonl file are joined by blank lines, as published methods join theirs."""
    (tmp_path / "a.txt").write_text("one\ntwo\n")
    (tmp_path / "b.jsonl").write_text('{"text": "one"}\n\n{"text": "two"}\n')
    for name in ("a.txt", "b.jsonl"):
        (tmp_path / f"{name}.gz").write_bytes(gzip.compress((tmp_path / name).read_bytes()))

    assert read_text(tmp_path / "a.txt") == read_text(tmp_path / "a.txt.gz") == "one\ntwo\n"
    assert read_text(tmp_path / "b.jsonl") == read_text(tmp_path / "b.jsonl.gz") == "one\n\ntwo"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.txt", b" \n\t\n", "a.txt holds no text"),
        ("a.txt", b"", "a.txt holds no text"),
        ("a.txt", b"\xff\xfe\x00", "a.txt cannot be read as UTF-8 text"),
        ("a.txt.gz", b"not gzip", "a.txt.gz cannot be read as UTF-8 text"),
        ("a.csv", b"text\none\n", "a .csv file is no running text; expected .txt, .md, or .jsonl"),
        ("a.json", b'[{"text": "one"}]', "a .json file is no running text"),
        ("a.jsonl", b'{"text": "one"}\n{"text": " "}\n', "a.jsonl, row 2: its `text` is empty"),
        ("a.jsonl", b'{"content": "one"}\n', "a.jsonl, row 1: its `text` is None"),
        ("a.jsonl", b'{"text": 3}\n', "a.jsonl, row 1: its `text` is 3"),
        ("a.jsonl", b"one\n", "a.jsonl, line 1: not JSON"),
        ("a.jsonl", b"", "a.jsonl holds no text"),
    ],
)
def test_a_file_without_usable_text_is_refused(tmp_path, name, content, sentence):
    """One sentence with the file, and what was expected."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput) as refused:
        read_text(tmp_path / name)
    assert sentence in str(refused.value)


def test_named_corpora_are_files_of_the_data_folder(tmp_path):
    """WikiText-2 as text, C4 as rows; what is missing is named, and what to do."""
    (tmp_path / "calibration").mkdir()
    with gzip.open(tmp_path / "calibration" / "c4_demo.jsonl.gz", "wt") as file:
        file.write(json.dumps({"text": "one"}) + "\n" + json.dumps({"text": "two"}))

    assert corpus_text("c4", Folder(tmp_path)) == "one\n\ntwo"
    with pytest.raises(BadInput, match=r"no file calibration/wikitext2_tokens_valid.txt.gz.*--calibration names other"):
        corpus_text("wikitext2", Folder(tmp_path))


def test_the_mini_world_tells_its_calibration_split_and_no_other(mini_world):
    """Every sentence is in that split; whole documents of the others are nowhere."""
    for row in read_jsonl(bundled("data") / "headlines" / "calibration.jsonl"):
        assert row["document"] in mini_world
    for split in ("test", "selection"):
        for row in read_jsonl(bundled("data") / "headlines" / f"{split}.jsonl"):
            assert row["document"] not in mini_world
        for row in read_jsonl(bundled("data") / "facts" / f"{split}.jsonl"):
            assert f"\n\n{row['question']} " not in f"\n\n{mini_world}"
