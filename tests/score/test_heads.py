"""Who made a store's answers, and what becomes of a file that is put in the place of another."""

import json
from dataclasses import asdict

from harness import files
from harness.journal import written
from harness.rules import rules
from harness.score.store import Store
from harness.text.requests import LogLikelihood

ANSWER = LogLikelihood(-1.5, is_greedy=True)


def test_code_and_name_stand_in_the_file(tmp_path):
    """For whoever lists a store: by which rules answers were made, and what the model was called, once each."""
    store = Store(tmp_path, "f", {"torch": "2"}, name="tiny")
    store.put({"a": ANSWER})
    store.put({"b": ANSWER})
    Store(tmp_path, "f", {"torch": "2"}, name="tiny").put({"c": ANSWER})
    Store(tmp_path, "f", {"torch": "2"}, name="another").put({"d": ANSWER})
    heads = [json.loads(line) for line in store.path.read_text().split("\n") if '"made"' in line]

    assert [(head["rules"], head["model"]) for head in heads] == [
        (rules("answers"), "tiny"),
        (rules("answers"), "another"),
    ]


def test_answers_of_before_code_was_named_are_ones_own(tmp_path):
    """A head without it, of the same versions and device: nobody else made them."""
    made = {"torch": "2.13", "device": "cpu"}
    row = {"key": "a", "kind": "LogLikelihood", "answer": asdict(ANSWER), "by": "old"}
    (tmp_path / "f.jsonl").write_bytes(written({"made": made, "by": "old"}) + b"\n" + written(row) + b"\n")

    same, other = Store(tmp_path, "f", made), Store(tmp_path, "f", {"torch": "2.8"})
    assert (same.get("a"), same.maker("a"), other.maker("a")) == (ANSWER, None, made)


def test_another_file_in_the_place_of_one_is_read_from_its_beginning(tmp_path):
    """Where a store is cleared beside a running process: places in the old file mean nothing in the new one."""
    told = []
    store = Store(tmp_path, "f", tell=told.append)
    store.put({"a": ANSWER, "b": ANSWER})
    store.refresh()
    new = written({"key": "9" * 32, "kind": "LogLikelihood", "answer": asdict(ANSWER), "by": "x"})
    for filler in (b"", b" " * 4000 + b"\n"):  # shorter than the old one, and longer
        files.write_whole(store.path, filler + new + b"\n")
        store.refresh()
        assert store.get("9" * 32) == ANSWER
        del store.answers["9" * 32]
    assert told == []
