"""Trained parameters on disk."""

import threading

import pytest
import torch

from harness.errors import BadInput
from harness.recover.fit import Fit
from harness.recover.keep import load_runs, save_runs, training_alone

FIT = Fit(steps=3, tokens=30, learned_tokens=10, seconds=0.5, loss=((3, 1.25),), used={"rank": 16.0})


def test_a_run_comes_back_by_its_steps(tmp_path):
    """Parameters to the bit, and what was done; a number of steps that was not kept is no run."""
    state = {"w": torch.tensor([0.1, 2.5])}
    save_runs(tmp_path, "key", {3: (state, FIT)})

    found = load_runs(tmp_path, "key", [3, 4])
    assert list(found) == [3]
    assert torch.equal(found[3][0]["w"], state["w"])
    assert found[3][1] == FIT
    assert load_runs(tmp_path, "other", [3]) == {}


def test_without_a_store_nothing_is_kept():
    """And nothing is waited for."""
    save_runs(None, "key", {3: ({}, FIT)})

    with training_alone(None, "key"):
        assert load_runs(None, "key", [3]) == {}


def test_two_workers_do_not_train_the_same_run(tmp_path):
    """The second waits until the first is done; another run does not wait."""
    order, inside, other = [], threading.Event(), threading.Event()

    def second():
        inside.wait()
        with training_alone(tmp_path, "another"):
            other.set()
        with training_alone(tmp_path, "key"):
            order.append("second")

    worker = threading.Thread(target=second)
    worker.start()
    with training_alone(tmp_path, "key"):
        inside.set()
        assert other.wait(10)
        order.append("first")
    worker.join(10)

    assert order == ["first", "second"]


def test_a_folder_that_cannot_be_written_is_refused_before_training(tmp_path):
    """One sentence that names it."""
    (tmp_path / "file").write_text("")

    with pytest.raises(BadInput, match=r"--store .*file: cannot be written"), training_alone(tmp_path / "file", "key"):
        pass


def test_a_full_disk_is_said_and_leaves_no_half_file(tmp_path, small_files):
    """Files are written whole or not at all."""
    with small_files(1000), pytest.raises(BadInput, match=r"--store .*: cannot be written .*; free space or name"):
        save_runs(tmp_path, "key", {3: ({"w": torch.zeros(5000)}, FIT)})

    assert list((tmp_path / "recoveries").iterdir()) == []
