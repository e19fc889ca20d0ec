"""Trained parameters on disk."""

import threading

import pytest
import torch

from harness import rules as rules_module
from harness.errors import BadInput
from harness.recover import keep
from harness.recover.fit import Fit
from harness.recover.keep import load_runs, recoveries_file, run_key, save_runs, training_alone
from harness.rules import rules

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
        other.wait()
        order.append("first")
    worker.join()

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


def test_no_flipped_bit_is_trained_parameters(tmp_path, capsys):
    """Every byte counts, header and metadata too: the file is named, set aside, and there is no such run."""
    state = {"w": torch.tensor([0.1, 2.5]), "v": torch.arange(3)}
    save_runs(tmp_path, "key", {3: (state, FIT)})
    path = recoveries_file(tmp_path, "key", "3")
    whole = path.read_bytes()
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= 1 << place % 8
        path.write_bytes(damaged)
        for found, fit in load_runs(tmp_path, "key", [3]).values():  # a space of the header
            assert fit == FIT
            assert all(torch.equal(found[name], value) for name, value in state.items())
    path.write_bytes(whole[:-1] + b"\x7f")
    capsys.readouterr()

    assert load_runs(tmp_path, "key", [3]) == {}
    assert f"{path} is damaged: set aside as key-3.damaged, and trained again" in capsys.readouterr().err
    assert not path.exists()
    assert path.with_suffix(".damaged").read_bytes().endswith(b"\x7f")


@pytest.mark.parametrize("content", [b"", b"x", b"\xff" * 100, (2**63).to_bytes(8, "little") + b"{}"])
def test_a_file_that_is_none_is_no_run(tmp_path, content):
    """Whatever lies there."""
    save_runs(tmp_path, "key", {3: ({}, FIT)})
    recoveries_file(tmp_path, "key", "3").write_bytes(content)
    assert load_runs(tmp_path, "key", [3]) == {}


def test_half_a_file_of_a_killed_run_goes_when_it_is_trained_again(tmp_path):
    """Those of this run only, under its lock."""
    folder = tmp_path / "recoveries"
    folder.mkdir()
    for name in ("key-3.123.part", "key-checkpoint.part", "other-3.part"):
        (folder / name).write_text("half")
    with training_alone(tmp_path, "key"):
        assert [path.name for path in folder.glob("*.part")] == ["other-3.part"]


def test_a_run_is_named_by_all_that_it_depends_on(monkeypatch):
    """Each part in turn: variant, ids, labels, recipe, seed, length, teacher, device, versions, code; and a control."""
    parts = ["variant", [[(1, 2), (-100, 2)]], {"rank": 8}, 0, None, None]
    others = ["other", [[(1, 3), (-100, 2)]], {"rank": 9}, 1, 5, "teacher"]
    changed = [[*parts[:place], other, *parts[place + 1 :]] for place, other in enumerate(others)]
    changed.append([parts[0], [[(1, 2), (1, 2)]], *parts[2:]])
    keys = [run_key(*parts, device="cpu"), run_key(*parts, device="cuda")]
    keys += [run_key(*each, device="cpu") for each in changed]
    monkeypatch.setattr(keep, "TRAINING", ("torch", "numpy"))
    keys.append(run_key(*parts, device="cpu"))
    monkeypatch.undo()
    monkeypatch.setattr(rules_module, "code", lambda _: {"recover/train.py": "0" * 12})
    rules.cache_clear()
    keys.append(run_key(*parts, device="cpu"))
    monkeypatch.undo()
    rules.cache_clear()

    assert len(set(keys)) == len(keys) == 11
    assert run_key(*parts, device="cpu") == keys[0]
