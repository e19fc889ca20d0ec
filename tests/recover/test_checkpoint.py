"""A run that was stopped goes on where it was."""

import dataclasses
import math

import pytest

from harness.errors import BadInput
from harness.recover import checkpoint as checkpoints
from harness.recover.checkpoint import load_checkpoint, rest_after
from harness.recover.recover import recover, recover_along

STOPPED_AFTER = 8
TRAINED = ("tiny", "tiny-qlora", "tiny-last-layers", "tiny-full", "tiny-distillation", "tiny-one-layer")


class StoppedError(Exception):
    """Ctrl-C."""


def stop(step, steps, seconds):
    """A progress function that stops a run."""
    if step == STOPPED_AFTER:
        raise StoppedError


@pytest.fixture(autouse=True)
def at_every_chance(monkeypatch):
    """Checkpoints whenever the loss curve has a point: every five steps."""
    monkeypatch.setattr("harness.recover.watch.EVERY_SECONDS", 0.0)
    monkeypatch.setattr(checkpoints, "EVERY_SECONDS", 0.0)
    monkeypatch.setattr(checkpoints, "SHARE", math.inf)


@pytest.fixture
def twelve(short):
    """Twelve steps, stopped in the warm-up, with dropout where there is an adapter and a step run in parts."""

    def make(name):
        recipe = dataclasses.replace(short(name, epochs=4.0, accumulation=2), warmup_steps=10)
        return dataclasses.replace(recipe, dropout=0.1) if recipe.has_adapter else recipe

    return make


def without_clock(recovered):
    return dataclasses.replace(recovered.recovery.fit, seconds=0.0)


@pytest.mark.parametrize("name", TRAINED)
def test_resumed_equals_uninterrupted(tiny, variant, corpus, twelve, tmp_path, name):
    """Stopped after 8 of 12 steps it goes on after 5, and ends with the same bits and the same loss curve."""
    steps = []
    whole = recover(variant, corpus, twelve(name), 0, base=tiny.model)
    with pytest.raises(StoppedError):
        recover(variant, corpus, twelve(name), 0, base=tiny.model, store=tmp_path, progress=stop)
    resumed = recover(
        variant, corpus, twelve(name), 0, base=tiny.model, store=tmp_path, progress=lambda step, *_: steps.append(step)
    )

    assert steps == [6, 7, 8, 9, 10, 11, 12]
    assert resumed.fingerprint == whole.fingerprint
    assert without_clock(resumed) == without_clock(whole)


def test_a_copy_along_the_way_is_kept_at_once(variant, corpus, twelve, tmp_path):
    """Stopped after 8 steps, the copy after 6 is in the store: nothing of it is trained again."""
    with pytest.raises(StoppedError):
        recover_along(variant, corpus, twelve("tiny"), 0, at=(0.5, 1.0), store=tmp_path, progress=stop)
    half = dataclasses.replace(twelve("tiny"), epochs=2.0)
    read = recover(variant, corpus, half, 0, store=tmp_path, progress=stop_at_once)

    assert read.fingerprint == recover(variant, corpus, half, 0).fingerprint


def stop_at_once(*_):
    """A progress function of a run that must not train."""
    raise StoppedError


def test_a_checkpoint_behind_a_wanted_copy_is_of_no_use(variant, corpus, twelve, tmp_path):
    """A run of 4 steps does not begin after 5; it trains, and the bits are its own."""
    with pytest.raises(StoppedError):
        recover(variant, corpus, twelve("tiny"), 0, store=tmp_path, progress=stop)
    third = dataclasses.replace(twelve("tiny"), epochs=4 / 3)

    found = recover(variant, corpus, third, 0, store=tmp_path)

    assert found.recovery.fit.steps == 4
    assert found.fingerprint == recover(variant, corpus, third, 0).fingerprint


def test_a_finished_run_leaves_no_checkpoint(variant, corpus, twelve, tmp_path):
    """Only its parameters."""
    recover(variant, corpus, twelve("tiny"), 0, store=tmp_path)

    assert [path.name.split("-")[-1] for path in (tmp_path / "recoveries").glob("*.safetensors")] == ["12.safetensors"]


def test_a_checkpoint_that_was_cut_is_not_read(variant, corpus, twelve, tmp_path):
    """The run begins anew."""
    with pytest.raises(StoppedError):
        recover(variant, corpus, twelve("tiny"), 0, store=tmp_path, progress=stop)
    (file,) = (tmp_path / "recoveries").glob("*checkpoint*")
    file.write_bytes(file.read_bytes()[:5000])

    assert load_checkpoint(tmp_path, file.name.partition("-")[0]) is None
    steps = []
    recover(variant, corpus, twelve("tiny"), 0, store=tmp_path, progress=lambda step, *_: steps.append(step))
    assert steps[0] == 1


def test_a_full_disk_costs_the_checkpoints_and_not_the_run(variant, corpus, twelve, tmp_path, small_files):
    """It goes on without them, and says so once."""

    def stop_before_the_end(step, *_):
        if step == 12:
            raise StoppedError

    with (
        small_files(100_000),
        pytest.warns(UserWarning, match=r"cannot be written .*goes on without checkpoints") as told,
        pytest.raises(StoppedError),
    ):
        recover(variant, corpus, twelve("tiny"), 0, store=tmp_path, progress=stop_before_the_end)

    assert len(told) == 1


def test_checkpoints_take_a_small_share_of_a_run(monkeypatch):
    """At least a minute apart, and further where writing one takes long."""
    monkeypatch.undo()
    assert rest_after(0.1) == 60.0
    assert rest_after(14.0) == pytest.approx(280.0)


def test_a_run_that_diverges_is_ended(variant, corpus, short):
    """One sentence, at the first point of the loss curve."""
    recipe = short("tiny-last-layers", epochs=4.0, learning_rate=1e30)
    with pytest.raises(BadInput, match=r"the loss is nan after 5 steps.*use a lower learning rate \(1e\+30\)"):
        recover(variant, corpus, recipe, 0)
