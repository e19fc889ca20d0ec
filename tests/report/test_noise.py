"""Rates of a model's noise on disk."""

import json
from pathlib import Path

import pytest

from harness.errors import BadInput
from harness.report.baseline import with_known_noise
from harness.report.compare import differences
from harness.report.noise import FILE, keep_rates, known_rates

ROOT = Path(__file__).parents[2]
RATES = {"facts": {"one at a time": 0.02, "float32": 0.11}}


def kept(folder, rates, fingerprint="abc"):
    """Rates of 50 items a task, written."""
    return keep_rates(folder, fingerprint, "m", "bfloat16", rates, dict.fromkeys(rates, 50), "python -m harness noise")


def test_rates_are_of_a_model_and_its_tasks(tmp_path):
    """What was measured before stays; the same measured again is replaced; another model has none."""
    kept(tmp_path, RATES)
    kept(tmp_path, {"code": {"float32": 0.5}})
    kept(tmp_path, {"code": {"one at a time": 0.0}})
    path = kept(tmp_path, {"code": {"float32": 0.25}})

    assert known_rates(tmp_path, "abc") == RATES | {"code": {"float32": 0.25, "one at a time": 0.0}}
    assert known_rates(tmp_path, "other") == {}
    row = json.loads(path.read_text())["abc"]["tasks"]["facts"]["float32"]
    assert (row["items"], row["command"]) == (50, "python -m harness noise")


def test_no_file_is_no_rate(tmp_path):
    """Most tiers have none."""
    assert known_rates(tmp_path, "abc") == {}


@pytest.mark.parametrize(
    "text", ["<<<<<<< HEAD", "[]", '{"abc": {}}', '{"abc": {"tasks": {"facts": {"x": {"rate": "y"}}}}}']
)
def test_a_broken_file_is_one_sentence(tmp_path, text):
    """A merge conflict, or a file of another kind."""
    (tmp_path / FILE).write_text(text)

    with pytest.raises(
        BadInput, match=r"noise.json: is no file of noise rates .* measure again: python -m harness noise"
    ):
        known_rates(tmp_path, "abc")


def test_a_baseline_without_rates_is_compared_with_the_models_own(tmp_path):
    """Nine of 100 items lost are a difference at the assumed 2 %, and none where float32 flips 11 %."""
    old = {
        "model_fingerprint": "abc",
        "verdict": "reproduced",
        "items": "a",
        "item_scores": {"base | facts": "1" * 100},
    }
    new = old | {"item_scores": {"base | facts": "1" * 91 + "0" * 9}}
    assert len(differences(with_known_noise(old, tmp_path / "a-claim.json"), new)) == 1

    kept(tmp_path, RATES)
    assert differences(with_known_noise(old, tmp_path / "a-claim.json"), new) == []
    own = old | {"flip_rates": {"facts": {"one at a time": 0.0}}}
    assert len(differences(with_known_noise(own, tmp_path / "a-claim.json"), new)) == 1
    other = old | {"model_fingerprint": "other"}
    assert (
        len(differences(with_known_noise(other, tmp_path / "a-claim.json"), new | {"model_fingerprint": "other"})) == 1
    )


def test_the_small_tier_is_compared_with_what_was_measured_of_it():
    """Its baselines hold no rates of their own; written answers flip more often than the 2 % that are assumed."""
    folder = ROOT / "baselines" / "small"
    measured = json.loads((folder / FILE).read_text())
    stored = {path: json.loads(path.read_text()) for path in folder.glob("*.json") if path.name != FILE}
    stored = {path: content for path, content in stored.items() if content["model_fingerprint"] in measured}

    assert stored
    for path, content in stored.items():
        asked = {cell.split(" | ")[-1] for cell in content["item_scores"]}
        rates = with_known_noise(content, path)["flip_rates"]
        assert "gsm8k" not in asked or max(rates["gsm8k"].values()) >= 0.05
