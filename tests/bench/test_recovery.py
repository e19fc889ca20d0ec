"""A recovery beside TRL's: left out where TRL is not there, and equal where the losses are."""

from importlib.util import find_spec

import pytest

from harness.bench import trl_sft
from harness.bench.recovery import EPOCHS, SEEDS, STEPS, _adapted, differing, recovery, recovery_last_layers
from harness.bench.setting import Setting
from harness.errors import BadInput
from harness.recover.recipe import recipe_named
from harness.recover.watch import LOGGED_EVERY
from harness.selfcheck.machine import Machine
from harness.subject import Subject
from harness.tasks.source import Bundled


def test_a_peer_that_is_not_installed_is_said(monkeypatch):
    """Before anything is trained, in one sentence, so that the benchmark leaves the row out."""
    monkeypatch.setattr(trl_sft, "find_spec", lambda _: None)
    with pytest.raises(BadInput, match=r"TRL.s SFTTrainer, the peer, is not installed.*pip install trl"):
        recovery(None)


@pytest.mark.parametrize(
    ("theirs", "said"),
    [
        ([(5, 2.02), (10, 1.0)], ""),
        ([(5, 2.0)], "other steps were trained"),
        ([(5, 2.0), (10, 1.1)], "the loss after 10 steps is 1.0000, theirs 1.1000"),
    ],
)
def test_curves_are_equal_within_rounding(theirs, said):
    """Of the same steps, every point within two hundredths."""
    assert differing([[(5, 2.0), (10, 1.0)]], [theirs]) == said


def test_both_train_an_adapter_and_draw_nothing():
    """A recipe of NF4 with dropout becomes one that both train alike."""
    recipe = _adapted(recipe_named("paper"))

    assert (recipe.trains, recipe.dropout, recipe.rank) == ("lora", 0.0, 64)


@pytest.fixture
def setting(tiny):
    """The tiny model on a machine of round figures, once on the clock."""
    machine = Machine("cpu", "cpu", 10**9, None, "float32", 1e9, 1e9)
    return Setting(Subject(tiny, "tiny", Bundled(), 4, None), 4, machine, ("events",), turns=1)


@pytest.mark.slow
@pytest.mark.skipif(find_spec("trl") is None, reason="needs TRL, which is no dependency: pip install trl")
def test_both_sides_run_the_same_steps(setting):
    """Of the same examples; the losses are the same."""
    row, recipe = recovery(setting), recipe_named("tiny")

    assert row.differs == ""
    assert row.ours.counts["layer_passes"] == row.theirs.counts["layer_passes"] == 9 * STEPS * recipe.accumulation


@pytest.mark.slow
def test_frozen_layers_run_once_per_example(setting):
    """Nine layers less the three that are trained, on no more tokens than the examples have, beside what is asked."""
    row, recipe = recovery_last_layers(setting), recipe_named("tiny")

    assert row.differs == ""
    assert row.theirs.counts["layer_passes"] == 9 * EPOCHS * SEEDS * LOGGED_EVERY * recipe.accumulation
    assert row.ours.counts["layer_tokens"] < row.theirs.counts["layer_tokens"] * (3 + 6 / (EPOCHS * SEEDS)) / 9 * 1.1
