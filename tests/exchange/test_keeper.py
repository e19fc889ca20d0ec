"""A process that keeps a store in step: when it exchanges, what it says, and that it ends after its run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.exchange.depot import Depot
from harness.exchange.exchange import Exchange, Moved
from harness.exchange.keeper import keep_in_step, rest_after
from harness.exchange.keeping import Keeper
from harness.exchange.place import Remote
from harness.journal import Journal
from tests.exchange.machines import Machines

ROOT = Path(__file__).parents[2]


def write(folder, key):
    Journal(folder / "f00f.jsonl", lambda row: True).append([{"key": key}], "writing")


def keys(folder):
    found = []
    Journal(folder / "f00f.jsonl", lambda row: found.append(row["key"]) or True).refresh()
    return found


@pytest.fixture
def folders(tmp_path):
    """Two mirrors, and the URL that both are kept in step with."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    return tmp_path / "one", tmp_path / "two", Remote(f"file://{tmp_path}/there")


def test_exchanges_take_a_twentieth_of_the_time():
    """But are a minute apart at least."""
    assert [rest_after(seconds) for seconds in (0.1, 3, 6)] == [60, 60, 120]


def test_an_exchange_is_made_at_the_start_at_every_word_or_pause_and_at_the_end(tmp_path):
    """What failed meanwhile is said, and the next goes on."""
    machines, said = Machines(tmp_path), []
    exchange = Exchange(machines.depot(), machines.folders[0])
    words = iter([None, "now", None, ""])

    def next_word(seconds):
        machines.write(0, "f00f.jsonl", {"key": str(len(said))})
        word = next(words)
        machines.fs.fs.find = broken if len(said) == 3 else find
        return word

    find = machines.fs.fs.find

    def broken(*_, **__):
        raise PermissionError

    try:
        keep_in_step(exchange, 60, next_word, said.append)
    finally:
        del machines.fs.fs.find

    assert [row["asked"] for row in said] == [True, False, True, False, True]
    assert [row.get("moved", {}).get("lines_sent") for row in said] == [0, 1, 1, None, 2]
    assert "access is denied" in said[3]["failed"]


def test_two_runs_at_one_place_have_what_the_other_had(folders):
    """Before their first check, when they ask for it, and after the last."""
    one, two, remote = folders
    write(one, "a")
    first = Keeper(remote, one)
    second = Keeper(remote, two)
    assert keys(two) == ["a"]
    write(two, "b")
    second.now()
    first.now()
    assert keys(one) == ["a", "b"]
    write(two, "c")
    assert second.close() == f"store: 2 lines and 0 files of trainings sent, 1 and 0 taken ({remote})"
    first.close()
    assert keys(one) == ["a", "b", "c"]


def test_a_place_that_cannot_be_used_is_refused_before_a_run(folders):
    """In the words of the process that found it."""
    one, _, remote = folders
    Path(remote.url.removeprefix("file://")).write_text("a file")
    with pytest.raises(BadInput, match=r"^--store file://.*/there: cannot be written \("):
        Keeper(remote, one)


def test_what_could_not_be_sent_at_last_is_said_with_the_command_that_sends_it(folders):
    """Nothing is lost: it is in the mirror."""
    one, _, remote = folders
    keeper = Keeper(remote, one)
    write(one, "a")
    keeper.process.kill()

    said = keeper.close()
    assert f"`python -m harness store sync {remote} --store {one}` sends it" in said
    assert Exchange(Depot(remote.url), one).once() == Moved(lines_sent=1)


# a shell's background job is told to ignore Ctrl-C, and so would all that it starts
RUN = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from harness.exchange.keeping import Keeper
from harness.exchange.place import Remote
from harness.journal import Journal
keeper = Keeper(Remote(sys.argv[1]), Path(sys.argv[2]))
Journal(Path(sys.argv[2]) / "f00f.jsonl", lambda row: True).append([{"key": "a"}], "writing")
print(keeper.process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_what_a_run_that_was_killed_had_written_is_sent(folders, number):
    """The keeper ends after it, with an exchange; Ctrl-C, which goes to both, does not end it before."""
    one, two, remote = folders
    run = subprocess.Popen(
        [sys.executable, "-c", RUN, remote.url, str(one)], env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip
    keeper = int(run.stdout.readline())
    if number == signal.SIGKILL:
        run.kill()
    else:
        os.killpg(run.pid, number)
    run.wait()
    run.stdout.close()
    while Path(f"/proc/{keeper}").exists() and Path(f"/proc/{keeper}/stat").read_text().split()[2] != "Z":
        time.sleep(0.02)

    Exchange(Depot(remote.url), two).once()
    assert keys(two) == ["a"]
