"""What is removed of a store, and what never is."""

import pytest

from harness import files
from harness.score.store import Store
from harness.text.requests import Generation, LogLikelihood
from harness.upkeep.clearing import clear, waste
from harness.upkeep.shelf import book_paths, read, recoveries
from tests.upkeep.stores import rewritten

OLDER = "harness.upkeep.shelf.rules"


def reasons(store):
    """File -> why lines or files of it would go."""
    return {one.path.name: dict(one.why) for one in waste(store)}


def kept(store):
    """Everything that would still be read."""
    return {path.name: set(read(path, kind).entries) for path, kind in book_paths(store).items()}


def test_a_store_of_today_has_nothing_to_remove(store):
    """Not a byte changes."""
    before = {path: path.read_bytes() for path in store.rglob("*.jsonl")}

    assert waste(store) == []
    assert clear(store) == []
    assert all(path.read_bytes() == content for path, content in before.items())


def test_what_is_named_is_not_removed_by_naming(store):
    """Looking is the default."""
    rewritten(store / "f00f00f0.jsonl", rules="0")
    before = (store / "f00f00f0.jsonl").read_bytes()

    assert reasons(store) == {"f00f00f0.jsonl": {"of other code": 2}}
    assert (store / "f00f00f0.jsonl").read_bytes() == before


@pytest.mark.parametrize("name", ["f00f00f0.jsonl", "judged/facts.jsonl", "rankings.jsonl"])
def test_lines_of_other_code_go_and_others_stay(store, name):
    """Of answers, outcomes and rankings; heads stay, for running processes write below them."""
    rewritten(store / name, rules="0")
    expected = {**kept(store), name.rpartition("/")[2]: set()}

    assert clear(store) == []
    assert kept(store) == expected
    assert waste(store) == []


def test_an_edited_harness_is_other_code(store):
    """Its version has a hash behind it."""
    rewritten(store / "f00f00f0.jsonl", rules="999+0123456789ab")
    assert reasons(store) == {"f00f00f0.jsonl": {"of other code": 2}}


def test_what_the_store_does_not_say_the_code_of_is_kept(store):
    """Made before it was named: today's code may read it."""
    rewritten(store / "f00f00f0.jsonl", rules=None)
    rewritten(store / "judged/facts.jsonl", rules=None)
    (store / "recoveries" / f"{'e' * 32}.json").unlink()

    assert waste(store) == []


def test_older_lines_of_a_key_and_damaged_ones_go(store):
    """What a run reads is the same before and after."""
    answer = Generation("13", 2, "stop")
    Store(store, "f00f00f0").put({"b" * 32: answer})
    path = store / "f00f00f0.jsonl"
    path.write_bytes(path.read_bytes().replace(b"-1.5", b"-2.5") + b'\n{"check": "0000')
    assert reasons(store) == {"f00f00f0.jsonl": {"damaged": 1, "older ones of a key": 1, "cut short": 1}}
    clear(store)
    warned = []
    after = Store(store, "f00f00f0", tell=warned.append)

    assert (after.answers, warned, waste(store)) == ({"b" * 32: answer}, [], [])


def test_a_running_process_goes_on_beside_it(store):
    """What it has read it keeps, what others add it sees, and what it adds is not lost."""
    rewritten(store / "f00f00f0.jsonl", rules="0")
    told = []
    running = Store(store, "f00f00f0", tell=told.append)
    clear(store)
    Store(store, "f00f00f0").put({"7" * 32: LogLikelihood(-7.0, is_greedy=True)})
    running.refresh()
    running.put({"8" * 32: LogLikelihood(-8.0, is_greedy=True)})
    running.refresh()

    assert running.get("7" * 32) == LogLikelihood(-7.0, is_greedy=True)
    assert running.get("a" * 32) is not None
    assert set(Store(store, "f00f00f0", tell=told.append).answers) == {"7" * 32, "8" * 32}
    assert told == []


def test_a_line_is_waited_for_that_is_being_written(store, monkeypatch):
    """A file is read under the lock that writers take, so what they wrote until then stays."""
    path = store / "f00f00f0.jsonl"
    rewritten(path, rules="0")
    alone, late = files.alone, LogLikelihood(-3.0, is_greedy=True)

    def after_a_writer(lock, what, **rest):
        if lock.name == f"{path.name}.lock" and what == "writing to the store":
            Store(store, "f00f00f0").put({"5" * 32: late})
        return alone(lock, what, **rest)

    monkeypatch.setattr("harness.files.alone", after_a_writer)
    clear(store)

    assert Store(store, "f00f00f0").answers == {"5" * 32: late}


def test_a_training_run_of_other_code_goes_with_its_files(store, monkeypatch):
    """Its parameters, and what is said of them; set-aside ones too."""
    (store / "recoveries" / "x.damaged").write_bytes(b"x")
    told = store / "recoveries" / f"{'e' * 32}.json"
    told.write_text(told.read_text().replace('"rules": "', '"rules": "0'))
    assert reasons(store) == {f"{'e' * 32}-5.safetensors": {"of other code": 1}, "x.damaged": {"damaged": 1}}

    assert clear(store) == []
    assert (recoveries(store), list((store / "recoveries").glob("*.[jd]*"))) == ([], [])


def test_a_run_that_is_being_trained_is_left(store):
    """By whoever trains it: a process of other code."""
    told = store / "recoveries" / f"{'e' * 32}.json"
    told.write_text(told.read_text().replace('"rules": "', '"rules": "0'))
    with files.alone(store / "recoveries" / f"{'e' * 32}.lock", "training"):
        assert clear(store) == [recoveries(store)[0].files[0]]

    assert len(recoveries(store)) == 1
