"""Models that see: the text tower is pruned, or one sentence says why not."""

import shutil

import pytest
import torch

from harness import load_model
from harness.__main__ import main
from harness.errors import BadInput
from harness.models.agreement import TOLERANCE, distance, logits
from harness.models.reference import bundled
from harness.prune.surgery import prune_layers
from harness.selfcheck import tiny_random
from harness.selfcheck.oracles import from_skipping
from tests.models.folders import (
    TOKENIZER,
)

WRAPPERS = (
    "gemma3",
    "idefics3",
    "internvl",
    "llama4",
    "llava",
    "mistral3",
    "qwen2_5_vl",
    "qwen2_vl",
    "qwen3_vl",
    "smolvlm",
)


def wrapper(model_type, folder):
    """A random model with a vision tower, as a folder; the model that was saved."""
    from transformers import AutoModelForImageTextToText
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    values = tiny_random.small_values(CONFIG_MAPPING[model_type](), {})
    values["text_config"] |= {"vocab_size": 600}
    if "qwen2" in model_type:
        rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [1, 1, 2]}
        values["text_config"] |= {"rope_parameters": rope}
    torch.manual_seed(0)
    model = AutoModelForImageTextToText.from_config(CONFIG_MAPPING[model_type](**values), dtype=torch.float32)
    model.train(mode=False).save_pretrained(folder)
    for name in TOKENIZER:
        shutil.copy(bundled("tiny") / name, folder)
    return model


@pytest.mark.filterwarnings("ignore:Casting complex values to real:UserWarning")  # Llama 4's image positions, upstream
@pytest.mark.parametrize("model_type", WRAPPERS)
def test_the_text_tower_of_a_wrapper_is_pruned(model_type, tmp_path):
    """A model that reads images answers text as it does itself, and loses layers of its text tower, exported or not."""
    saved = wrapper(model_type, tmp_path / "base")
    loaded = load_model(str(tmp_path / "base"))
    ids = torch.arange(10)[None] + 5
    assert distance(logits(loaded.model, ids), logits(saved, ids)) == 0

    variant = prune_layers(loaded.model, (1, 4))
    assert from_skipping(loaded.model, variant, (1, 4)) < TOLERANCE
    asked = ["--model", str(tmp_path / "base"), "--drop", "1,4", "--out", str(tmp_path / "variant"), "--scores", "0"]
    assert main(["export", *asked]) == 0
    again = load_model(str(tmp_path / "variant"))
    assert again.depth == 4
    assert distance(logits(again.model, ids), logits(variant, ids)) < TOLERANCE


def test_a_wrapper_that_reads_prompts_both_ways_is_refused(tmp_path):
    """PaliGemma's prefix sees itself whole, so its scores of text would be no causal model's."""
    wrapper("paligemma", tmp_path)
    with pytest.raises(BadInput, match="PaliGemmaForConditionalGeneration sees the future"):
        load_model(str(tmp_path))
