"""What is read of a store."""

import pytest

from harness.errors import BadInput
from harness.journal import written
from harness.rules import rules
from harness.score.store import Store
from harness.subject.remembered import todays_rules
from harness.text.requests import LogLikelihood
from harness.upkeep import shelf
from harness.upkeep.shelf import book_paths, read, recoveries


def test_every_file_is_what_a_run_made_of_it(store):
    """Answers by variant, outcomes by task, rankings; each entry with the code that made it."""
    books = {path.name: read(path, kind) for path, kind in book_paths(store).items()}

    assert {name: (book.kind, len(book.entries)) for name, book in books.items()} == {
        "abcdef01.jsonl": ("answers", 2), "f00f00f0.jsonl": ("answers", 2), "f11f11f1.jsonl": ("answers", 2),
        "facts.jsonl": ("outcomes", 1), "rankings.jsonl": ("rankings", 1),
    }  # fmt: skip
    assert books["f11f11f1.jsonl"].names == ["tiny without 2"]
    for name, code in (
        ("f00f00f0.jsonl", rules("answers")), ("facts.jsonl", rules("judging")), ("rankings.jsonl", todays_rules()),
    ):  # fmt: skip
        book = books[name]
        assert [book.rules_of(line) for line in book.entries.values()] == [code] * len(book.entries)
        assert shelf.todays(book.kind) == code


def test_what_was_kept_before_code_was_named_is_unknown(store):
    """Heads without rules: a store of yesterday."""
    path = store / "f00f00f0.jsonl"
    rows = [
        {"made": {}, "by": "x"},
        {"key": "k", "kind": "LogLikelihood", "answer": {"value": -1.0, "is_greedy": True}, "by": "x"},
    ]
    path.write_bytes(b"".join(written(row) + b"\n" for row in rows))
    book = read(path, "answers")

    assert (book.names, [book.rules_of(line) for line in book.entries.values()]) == ([], [None])


def test_every_line_is_told_apart(store):
    """Entries, heads, damaged ones, one that a crash cut, and places of damaged ones."""
    path = store / "f00f00f0.jsonl"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"-1.5", b"-2.5") + b'\n{"check": "0000')
    Store(store, "f00f00f0", tell=lambda _: None).put({})
    lines = read(path, "answers").lines

    assert [line.said for line in lines] == ["head", "damaged", "entry", "cut", "head", "mark"]
    assert all(path.read_bytes()[line.place :].startswith(line.text) for line in lines)


def test_the_last_line_of_a_key_is_the_one_that_is_read(store):
    """As a run reads it."""
    Store(store, "f00f00f0").put({"a" * 32: LogLikelihood(-9.0, is_greedy=False)})

    assert read(store / "f00f00f0.jsonl", "answers").entries["a" * 32].row["answer"]["value"] == -9.0
    assert Store(store, "f00f00f0").get("a" * 32).value == -9.0


def test_a_training_run_says_what_it_depends_on(store):
    """In a file beside its parameters; one without says nothing."""
    (run,) = recoveries(store)
    assert (run.key, run.rules, run.told["recipe"], [path.name for path in run.files]) == (
        "e" * 32, rules("training"), "tiny", [f"{'e' * 32}-5.safetensors"],
    )  # fmt: skip
    (store / "recoveries" / f"{'e' * 32}.json").write_text("[")
    assert [(run.told, run.rules) for run in recoveries(store)] == [({}, None)]


def test_a_folder_that_is_no_store_is_refused(tmp_path):
    """Missing, or with nothing that a store has."""
    with pytest.raises(BadInput, match="there is no such folder; name one that a run was given"):
        shelf.require_store(tmp_path / "nowhere")
    with pytest.raises(BadInput, match="holds no answers; name one that a run"):
        shelf.require_store(tmp_path)


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path):
    """A folder in its place."""
    (tmp_path / "f.jsonl").mkdir()
    with pytest.raises(BadInput, match=r"f\.jsonl cannot be read \(Is a directory\)"):
        read(tmp_path / "f.jsonl", "answers")


def test_other_files_below_the_folder_are_nobodys_business(store):
    """Data, other stores and reports: they are neither read nor changed."""
    before = book_paths(store)
    for name in ("data/test.jsonl", "inside/f00f00f0.jsonl", "inside/judged/facts.jsonl", "notes.jsonl"):
        (store / name).parent.mkdir(parents=True, exist_ok=True)
        (store / name).write_text('{"question": "?"}\n')

    assert book_paths(store) == before


def test_a_folder_with_somebody_elses_lines_is_no_store(tmp_path):
    """Though a file is called as a store's are."""
    (tmp_path / "abcdef.jsonl").write_text('{"question": "?"}\n{"question": "!"}\n')
    with pytest.raises(BadInput, match=r"no line of abcdef\.jsonl is one of a store's, so it may be somebody else's"):
        shelf.require_store(tmp_path)
