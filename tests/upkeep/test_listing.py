"""How a store is listed, and one entry of it shown."""

import os

import pytest

from harness.errors import BadInput
from harness.rules import rules
from harness.score.store import Store
from harness.text.requests import LogLikelihood
from harness.upkeep import listing
from harness.upkeep.shelf import book_paths, read, recoveries
from tests.upkeep.stores import rewritten


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 seconds"),
        (59, "59 seconds"),
        (150, "2 minutes"),
        (7200, "2 hours"),
        (172_800, "2 days"),
        (9e6, "104 days"),
    ],
)
def test_an_age_has_one_unit(seconds, text):
    """A clock that was put back makes nothing younger than now."""
    assert listing.age(seconds) == text


def test_a_row_says_what_a_file_holds(store):
    """Name, entries, bytes, age, code."""
    path = store / "f11f11f1.jsonl"
    os.utime(path, (0, path.stat().st_mtime - 3600))
    row = listing.row_of(read(path, "answers"))

    assert {name: row[name] for name in ("kind", "name", "fingerprint", "entries", "rules", "damaged")} == {
        "kind": "answers", "name": "tiny without 2", "fingerprint": "f11f11f1", "entries": 2,
        "rules": {rules("answers"): 2}, "damaged": 0,
    }  # fmt: skip
    assert row["bytes"] == path.stat().st_size
    assert 3600 <= row["age_seconds"] < 7200


def test_a_run_of_training_is_a_row_too(store):
    """With its model, recipe and seed."""
    (run,) = recoveries(store)
    row = listing.row_of_recovery(run)

    assert (row["kind"], row["name"], row["entries"]) == ("recoveries", "tiny, tiny, seed 1", 1)


def test_a_page_has_all_rows_and_the_sum(store):
    """Code of today is called so, other code by its version."""
    rows = [listing.row_of(read(path, kind)) for path, kind in book_paths(store).items()]
    rows[0]["rules"], rows[1]["damaged"] = {"1": 2}, 3
    page = listing.page(store, rows)

    assert page.splitlines()[1].split()[:3] == ["answers", "other", "2"]
    assert "1: 2" in page.splitlines()[1]
    assert "today's" in page.splitlines()[2]
    total = listing.size(sum(row["bytes"] for row in rows))
    assert f"8 entries, {total} in {store}; 3 damaged lines: python -m harness store verify" in page


def test_an_entry_is_found_by_the_first_digits_of_its_key(store):
    """In every file that has it."""
    books = [read(path, kind) for path, kind in book_paths(store).items()]

    assert [book.called for book, _ in listing.found("aaaaaa", books)] == ["abcdef01", "f00f00f0", "f11f11f1"]
    for key, said in (("aaa", "at least 6 of its first digits"), ("9" * 8, "no key in this store begins so")):
        with pytest.raises(BadInput, match=said):
            listing.found(key, books)


def test_digits_of_several_keys_are_too_few(store):
    """Nobody is shown another entry than was meant."""
    Store(store, "f00f00f0").put({"a" * 8 + "0" * 24: LogLikelihood(-1.0, is_greedy=False)})
    books = [read(store / "f00f00f0.jsonl", "answers")]
    with pytest.raises(BadInput, match="2 keys begin so"):
        listing.found("a" * 8, books)


def test_an_answer_is_shown_with_all_that_it_depends_on(store):
    """Model, variant, file, code, versions, device."""
    ((book, line),) = listing.found("b" * 32, [read(store / "f11f11f1.jsonl", "answers")])
    page = " ".join(listing.shown(book, line).split())

    for said in (
        "tiny without 2 (f11f11f1)", f"f11f11f1.jsonl, byte {line.place}", "Generation", "today's, so it is read",
        "torch 2.13.0, device cpu x86_64, dtype float32", "text '12'", "finish 'stop'",
    ):  # fmt: skip
        assert said in page


def test_an_answer_of_other_code_is_said_not_to_be_read(store):
    """With both versions."""
    path = store / "f00f00f0.jsonl"
    rewritten(path, rules="0")
    ((book, line),) = listing.found("a" * 32, [read(path, "answers")])
    assert f"0 (today's is {rules('answers')}, so it is not read)" in listing.shown(book, line)


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [("judged/facts.jsonl", "outcomes", "label 'right'"), ("rankings.jsonl", "rankings", "layers [2]")],
)
def test_outcomes_and_rankings_are_shown(store, name, kind, said):
    """By what they hold."""
    book = read(store / name, kind)
    (line,) = book.entries.values()
    assert said in " ".join(listing.shown(book, line).split())
