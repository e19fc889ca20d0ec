"""A repaired variant is exported as it is in memory."""

import pytest
from transformers import AutoModelForCausalLM

from harness.__main__ import main
from harness.models.load import load_model
from harness.prune.plan import parse_plan
from harness.subject import Subject
from harness.tasks.calibration import parse_calibration
from harness.tasks.source import Bundled

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
        (("--drop", "5,mlp4", "--repair", "norm"), "makes up for whole layers, and --drop names 5,mlp4"),
        (("--drop", "5", "--calibration", TEXTS), "is what --repair measures the model on; add --repair"),
        (("--drop", "0-1", "--repair", "bias"), "layers 0-1 stood at the beginning; keep layer 0"),
    ],
)
def test_what_cannot_be_repaired_is_said_and_nothing_is_written(given, sentence, tmp_path, capsys):
    """In one sentence."""
    assert main(["export", "--model", "tiny", "--out", str(tmp_path / "out"), *given]) != 0
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
