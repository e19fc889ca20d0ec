"""Trained weights from machine to machine: whole, once, never in place of others."""

from contextlib import suppress

import pytest
import torch

from harness.exchange.depot import digest
from harness.recover.keep import note_run, read_whole, recoveries_file, write_whole
from tests.exchange.machines import CutError, Machines

KEY = "e" * 32


@pytest.fixture
def machines(tmp_path):
    return Machines(tmp_path)


def train(machines, number, value=1.0):
    """Keeps what a training came to."""
    folder = machines.folders[number]
    path = recoveries_file(folder, KEY, "5")
    write_whole(folder, path, {"weight": torch.full((9,), value)}, {"fit": "{}"})
    note_run(folder, KEY, {"model": "tiny"})
    return path


def read(machines, number):
    return read_whole(
        recoveries_file(machines.folders[number], KEY, "5"), lambda tensors, _: tensors["weight"][0].item()
    )


def test_a_training_is_there_for_others(machines):
    """Its weights and what is told of it; nothing else stays in the folder."""
    train(machines, 0)
    assert (machines.exchange(0).files_sent, machines.exchange(1).files_taken) == (2, 2)

    assert read(machines, 1) == 1.0
    names = [sorted(path.name for path in (folder / "recoveries").iterdir()) for folder in machines.folders]
    assert names[0] == names[1] == [f"{KEY}-5.safetensors", f"{KEY}.json"]
    assert machines.exchange(0).files_sent == machines.exchange(1).files_sent == 0


def test_a_training_that_is_here_stays(machines):
    """And the one that came first stays at the place."""
    train(machines, 0, 1.0)
    train(machines, 1, 2.0)
    machines.exchange(0)
    machines.exchange(1)

    assert (read(machines, 0), read(machines, 1)) == (1.0, 2.0)
    assert len(machines.objects()) == 2


@pytest.mark.parametrize("left", range(4))
@pytest.mark.parametrize("after", [True, False])
def test_cut_off_anywhere_the_next_goes_on(machines, left, after):
    """Nobody ever sees a half."""
    train(machines, 0)
    for number in (0, 1):
        machines.fs.cut(left, after=after)
        with suppress(CutError):
            machines.exchange(number)
        machines.fs.cut(None, after=False)
        for folder in machines.folders[:number]:
            assert not list((folder / "recoveries").glob(".*"))
        assert read(machines, 1) in (None, 1.0)
        machines.exchange(number)

    assert read(machines, 1) == 1.0
    assert len(machines.objects()) == 2
    assert machines.said == []


def test_damaged_weights_are_not_sent(machines, capsys):
    """They are set aside where they are, as by a run that reads them."""
    path = train(machines, 0)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)

    assert machines.exchange(0).files_sent == 1  # what is told of the run
    assert "is damaged: set aside as" in machines.said[0]
    assert not path.exists()


def test_weights_that_come_damaged_are_named_and_not_kept(machines):
    """The file is not made."""
    train(machines, 0)
    machines.exchange(0)
    (name,) = [name for name in machines.objects() if "safetensors" in name]
    machines.fs.fs.pipe_file(f"{machines.depot().root}/{name}", b"x")

    assert machines.exchange(1).files_taken == 1
    assert read(machines, 1) is None
    assert [f"{name} is not as it was written" in said for said in machines.said] == [True]


def test_a_training_that_is_written_anew_meanwhile_is_sent_as_it_was(machines):
    """An object's name is that of its content, whatever another process does to the file."""
    path = train(machines, 0)
    put = machines.fs.fs.put_file

    def replaced(local, remote):
        train(machines, 0, 3.0)
        put(local, remote)

    machines.fs.fs.put_file = replaced
    try:
        machines.exchange(0)
    finally:
        del machines.fs.fs.put_file
    machines.exchange(1)
    assert machines.said == []
    assert read(machines, 1) == 1.0
    assert digest(path) != digest(recoveries_file(machines.folders[1], KEY, "5"))
