"""A repaired variant is exported as it is in memory."""

import pytest
from transformers import AutoModelForCausalLM

from harness.__main__ import main
from harness.models.load import load_model
from harness.prune.plan import parse_plan
from harness.selfcheck.stand_in_items import write_dry_data
from harness.subject import Subject
from harness.tasks.calibration import parse_calibration
from harness.tasks.source import Bundled
from tests.conftest import random_model

TEXTS = "wikitext2:8x64"


@pytest.mark.parametrize("repair", ["replace_me", "bias"])
def test_the_folder_is_the_repaired_variant(repair, run_export, tiny):
    """By fingerprint, so that answers to the one are answers to the other; with its card, and nothing for mergekit."""
    folder = run_export("--drop", "5-6", "--repair", repair, "--calibration", TEXTS, "--dtype", "float32")

    subject = Subject(tiny, "tiny", Bundled(), None, None, shown=parse_calibration(TEXTS))
    mended, pruned = subject.repaired(parse_plan("5-6", 12), repair), subject.variants.pruned(parse_plan("5-6", 12))
    assert load_model(str(folder)).fingerprint == mended.fingerprint != pruned.fingerprint
    assert AutoModelForCausalLM.from_pretrained(folder).config.mlp_bias is (repair == "bias")
    card = (folder / "README.md").read_text()
    assert f"| repaired by | {repair}, measured on mini-world-text:8x64 " in card
    assert "was given other numbers that make up for them; nothing was trained." in card
    assert not (folder / "mergekit.yaml").exists()


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (("--drop", "5,mlp4", "--repair", "norm"), "makes up for whole layers only, and --drop names 5,mlp4"),
        (("--drop", "attn3", "--repair", "replace_me"), "makes up for whole layers only, and --drop names attn3"),
        (("--drop", "5", "--calibration", TEXTS), "is what --repair measures the model on; add --repair"),
        (("--drop", "0-1", "--repair", "bias"), "nothing is left before layer 2: --drop names 0-1; keep layer 0"),
    ],
)
def test_what_cannot_be_repaired_is_said_and_nothing_is_written(given, sentence, tmp_path, capsys, monkeypatch):
    """In one sentence, before the model is loaded."""
    monkeypatch.setattr("harness.models.load.load_model", lambda *_, **__: pytest.fail("the model was loaded"))
    assert main(["export", "--model", "tiny", "--out", str(tmp_path / "out"), *given]) != 0
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_could_not_be_saved_is_refused_before_it_is_scored(tmp_path, capsys, monkeypatch, tiny):
    """Qwen2's files have no place for a bias: known once the repair is made, not after hours of scores."""
    random_model("qwen2", vocabulary=len(tiny.tokenizer)).save_pretrained(tmp_path / "qwen2")
    tiny.tokenizer.save_pretrained(tmp_path / "qwen2")
    scored = []
    monkeypatch.setattr("harness.commands.export._scores", lambda *given: scored.append(given) or (None, []))
    (tmp_path / "text").write_text("ada has 3 coins . bob gives ada 4 coins . " * 3000)
    data = ("--calibration", f"{tmp_path / 'text'}:4x32", "--data", str(write_dry_data(tmp_path / "data")))
    given = ("--drop", "2-3", "--repair", "bias", "--scores", "4", *data)
    assert main(["export", "--model", str(tmp_path / "qwen2"), "--out", str(tmp_path / "out"), *given]) != 0

    assert (
        "saved it would load as another model: mlp.down_proj.bias of layer 1 would be None" in capsys.readouterr().err
    )
    assert scored == []
