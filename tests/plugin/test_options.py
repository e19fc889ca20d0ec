"""Which tier a model is of."""

from types import SimpleNamespace

import pytest

from harness.plugin.options import tier_of


@pytest.mark.parametrize("asked", ["", "gpu", "small"])
def test_a_rung_of_the_ladder_is_of_the_tiny_tier(tmp_path, asked):
    """Whatever -m says: it knows no word of any other tier's tasks."""
    (tmp_path / "training.json").write_text('{"world": "mini-world"}')
    config = SimpleNamespace(option=SimpleNamespace(markexpr=asked))
    assert tier_of(config, str(tmp_path)) == "tiny"


@pytest.mark.parametrize(("asked", "tier"), [("", "small"), ("gpu", "gpu"), ("small", "small"), ("not gpu", "small")])
def test_any_other_folder_is_of_the_tier_that_is_asked_for(tmp_path, asked, tier):
    """A card that another trainer wrote changes nothing."""
    (tmp_path / "training.json").write_text('{"steps": 3}')
    config = SimpleNamespace(option=SimpleNamespace(markexpr=asked))
    assert tier_of(config, str(tmp_path)) == tier
