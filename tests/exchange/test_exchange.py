"""What machines have after exchanges, in whatever order and cut off wherever."""

import tempfile
from contextlib import suppress
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadInput
from harness.exchange.bundle import identity
from harness.exchange.exchange import Moved
from tests.exchange.machines import CutError, Machines

FILES = ("f00f.jsonl", "rankings.jsonl", "judged/facts.jsonl")
MACHINES = 3
WRITE = st.tuples(
    st.just("write"), st.integers(0, MACHINES - 1), st.sampled_from(FILES), st.integers(0, 9), st.booleans()
)
EXCHANGE = st.tuples(
    st.just("exchange"), st.integers(0, MACHINES - 1), st.none() | st.integers(0, 4), st.booleans(), st.booleans()
)
FORGET = st.tuples(st.sampled_from(["forget", "clear"]), st.integers(0, MACHINES - 1))


@pytest.fixture
def machines(tmp_path):
    return Machines(tmp_path)


class History:
    """What machines write, and what each of them has had."""

    def __init__(self, folder):
        self.machines = Machines(folder, MACHINES)
        self.written = {file: set() for file in FILES}
        self.first = {}

    def write(self, number, file, key, own):
        """A row, whose answer may be this machine's own."""
        row = {"key": f"{key:032x}", "answer": number if own else "the same"}
        if row["key"] not in {one["key"] for one in self.machines.rows(number, file)}:
            self.machines.write(number, file, row)
            self.written[file].add(row["key"])

    def exchange(self, number, left, after, send):
        """One that may be cut off."""
        self.machines.fs.cut(left, after=after)
        with suppress(CutError):
            self.machines.exchange(number, send=send)
        self.machines.fs.cut(None, after=False)

    def forget(self, number):
        """What the mirror remembers."""
        for path in self.machines.folders[number].glob(".exchange*.json"):
            path.unlink()

    def clear(self, number):
        """Other files of the same lines, as `store gc` leaves."""
        for path in [self.machines.folders[number] / file for file in FILES]:
            if path.exists():
                copy = path.with_suffix(".new")
                copy.write_bytes(path.read_bytes())
                copy.replace(path)

    def require_steady(self):
        """No answer that a machine had has become another one, and no line is torn."""
        for number, file in product(range(MACHINES), FILES):
            for row in self.machines.rows(number, file):
                assert self.first.setdefault((number, file, row["key"]), row) == row


@settings(max_examples=50)
@given(st.lists(WRITE | EXCHANGE | FORGET, max_size=25))
def test_all_machines_end_with_all_rows(steps):
    """Random writes, exchanges that are cut off, memories lost, files written anew: nothing lost, torn or twice."""
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder))
        machines = history.machines
        for step, *how in steps:
            getattr(history, step)(*how)
            history.require_steady()
        for number in (*range(MACHINES), *range(MACHINES)):
            machines.exchange(number)
            history.require_steady()

        for number, file in product(range(MACHINES), FILES):
            found = sorted(row["key"] for row in machines.rows(number, file))
            assert found == sorted(history.written[file])
        quiet = machines.objects()
        there = machines.lines_there()
        for file in FILES:
            assert sorted(map(identity, there.get(file, []))) == sorted(key.encode() for key in history.written[file])
        assert {machines.exchange(number) for number in range(MACHINES)} == {Moved()}
        assert machines.objects() == quiet


def test_one_exchange_is_one_object_whatever_the_number_of_files(machines):
    """And one look at the place where nothing is new."""
    for file in FILES:
        machines.write(0, file, {"key": "a"}, {"key": "b"})
    machines.exchange(0)
    assert len(machines.objects()) == 1

    machines.fs.calls.clear()
    machines.exchange(0)
    assert machines.fs.calls == ["find"]


def test_only_what_is_new_is_read_and_sent(machines):
    """A second process goes on from what the first remembered."""
    machines.write(0, FILES[0], {"key": "a"})
    machines.exchange(0)
    machines.exchange(1)
    machines.write(0, FILES[0], {"key": "b"})
    assert machines.exchange(0).lines_sent == 1
    machines.fs.calls.clear()

    assert machines.exchange(1).lines_taken == 1
    assert machines.fs.calls == ["find", "cat"]
    assert machines.rows(1, FILES[0]) == [{"key": "a"}, {"key": "b"}]


def test_an_answer_that_is_here_stays_when_another_machine_gave_another_one(machines):
    """A run's answers do not change under it, and the place keeps the one that came first."""
    machines.write(0, FILES[0], {"key": "a", "answer": 0})
    machines.write(1, FILES[0], {"key": "a", "answer": 1})
    machines.exchange(0)
    machines.exchange(1)

    assert machines.rows(1, FILES[0]) == [{"key": "a", "answer": 1}]
    assert len(machines.objects()) == 1


def test_who_made_answers_travels_and_places_of_damaged_lines_do_not(machines):
    """A head has no key; a mark names bytes of one file alone."""
    head = {"made": {"torch": "2.13.0"}, "by": "x"}
    machines.write(0, FILES[0], head, {"damaged": [17]}, {"key": "a"})
    machines.exchange(0)
    machines.exchange(1)

    assert machines.rows(1, FILES[0]) == [head, {"key": "a"}]


def test_a_damaged_line_stays_and_a_good_one_takes_its_place(machines):
    """What the file cannot say any more is taken from the place."""
    machines.write(0, FILES[0], {"key": "a", "answer": "yes"})
    machines.exchange(0)
    machines.exchange(1)
    path = machines.folders[1] / FILES[0]
    path.write_bytes(path.read_bytes().replace(b"yes", b"yet"))
    for memory in machines.folders[1].glob(".exchange*.json"):
        memory.unlink()

    assert (machines.exchange(1).lines_sent, len(machines.objects())) == (0, 1)
    assert machines.rows(1, FILES[0])[-1] == {"key": "a", "answer": "yes"}


def test_a_line_that_a_crash_cut_short_is_closed_before_others_follow(machines):
    """What follows it is not torn."""
    machines.write(0, FILES[0], {"key": "a"})
    machines.exchange(0)
    (machines.folders[1] / FILES[0]).write_bytes(b'{"check": "00000000", "key')
    machines.exchange(1)

    assert machines.rows(1, FILES[0]) == [None, {"key": "a"}]


def test_a_damaged_object_is_named_once_and_passed_over(machines):
    """The rest is taken; once it is removed, whoever has its lines sends them again."""
    machines.write(0, FILES[0], {"key": "a"})
    machines.exchange(0)
    (damaged,) = machines.objects()
    machines.write(0, FILES[0], {"key": "b"})
    machines.exchange(0)
    path = f"{machines.depot().root}/{damaged}"
    machines.fs.fs.pipe_file(path, machines.fs.fs.cat_file(path)[:-3])
    machines.exchange(1)

    assert machines.rows(1, FILES[0]) == [{"key": "b"}]
    assert machines.said == [
        f"{path} is not as it was written: passed over; remove it, and who has what it held sends that again"
    ]
    machines.fs.fs.rm_file(path)
    machines.exchange(0)
    machines.exchange(1)
    assert machines.rows(1, FILES[0]) == [{"key": "b"}, {"key": "a"}]


def test_what_is_only_pulled_is_sent_later(machines):
    """A pull changes nothing at the place, and forgets nothing of what is here alone."""
    machines.write(0, FILES[0], {"key": "a"})
    machines.exchange(0)
    machines.write(1, FILES[0], {"key": "b"})
    assert (machines.exchange(1, send=False).lines_taken, len(machines.objects())) == (1, 1)

    assert machines.exchange(1).lines_sent == 1
    assert machines.exchange(0).lines_taken == 1


def test_what_else_lies_there_is_left_alone(machines):
    """Names that no store uses are neither taken nor written."""
    root = machines.depot().root
    for name in ("lines/README", "files/../../up/" + "0" * 32, "files/recoveries/x.sh/" + "0" * 32, "else"):
        machines.fs.fs.pipe_file(f"{root}/{name}", b"x")
    machines.exchange(0)

    assert sorted(path.name for path in machines.folders[0].iterdir() if ".exchange" not in path.name) == []


def test_a_store_that_cannot_be_written_is_one_sentence(machines, monkeypatch):
    """Disk full, say."""

    def full(*_):
        raise OSError(28, "No space left on device")

    machines.write(0, FILES[0], {"key": "a"})
    machines.exchange(0)
    monkeypatch.setattr("harness.exchange.exchange.joined", full)
    with pytest.raises(BadInput, match=r"^--store .*/1: cannot be written \(No space left on device\); free space"):
        machines.exchange(1)
