"""An adapter is folded into the weights that are exported, or refused in a sentence."""

from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForCausalLM

from harness import load_model
from harness.errors import BadInput
from harness.export.adapter import with_adapter
from harness.export.folder import MERGEKIT
from harness.models.agreement import distance, logits, probe_ids
from harness.models.fingerprint import fingerprint
from harness.prune.apply import apply_plan
from harness.prune.plan import parse_plan
from harness.prune.surgery import prune_layers
from harness.recover.merge import merged
from harness.selfcheck.tiny_random import tiny_random

pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")  # peft's call
IDS = probe_ids(275)


def test_an_adapter_is_folded_in(run_export, tiny, tmp_path):
    """A peft adapter of the pruned model changes the exported weights as it changes the variant."""
    import peft

    torch.manual_seed(0)
    variant = apply_plan(tiny.model, parse_plan("9-11", 12))
    adapted = peft.get_peft_model(variant, peft.LoraConfig(r=2, target_modules=["q_proj", "down_proj"]))
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.1)
    adapted.save_pretrained(tmp_path / "adapter")
    expected = logits(adapted.get_base_model(), IDS)

    folder = run_export("--drop", "9-11", "--adapter", str(tmp_path / "adapter"), "--dtype", "float32")

    assert distance(logits(AutoModelForCausalLM.from_pretrained(folder), IDS), expected) < 1e-5
    assert distance(logits(prune_layers(tiny.model, (9, 10, 11)), IDS), expected) > 1e-3
    assert not (folder / MERGEKIT).exists()  # mergekit would write the model without the adapter


def adapter_of(model, folder, **settings):
    """A peft folder with weights that do something."""
    import peft

    torch.manual_seed(0)
    adapted = peft.get_peft_model(model, peft.LoraConfig(**({"r": 2, "target_modules": ["q_proj"]} | settings)))
    for name, parameter in adapted.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.1)
    adapted.save_pretrained(folder)
    return adapted.get_base_model()


def test_an_adapter_of_the_first_layers_is_folded_in(tiny, tmp_path):
    """One that was told its layers need not reach the last one."""
    expected = adapter_of(prune_layers(tiny.model, (9,)), tmp_path, layers_to_transform=[0, 1])
    folded = with_adapter(replace(tiny, model=prune_layers(tiny.model, (9,))), tmp_path)

    assert distance(logits(folded.model, IDS), logits(expected, IDS)) < 1e-5


def test_folding_leaves_the_base_alone(tmp_path):
    """Weights are shared with the base, so also layers that are no nn.Linear (GPT-2's) must get their own."""
    base = tiny_random("gpt2")
    before = fingerprint(base)
    adapter_of(prune_layers(base, (1,)), tmp_path, target_modules=["c_attn"], fan_in_fan_out=True)
    folded = with_adapter(replace(load_model("tiny"), model=prune_layers(base, (1,))), tmp_path)

    assert fingerprint(base) == before
    assert folded.fingerprint != fingerprint(prune_layers(base, (1,)))


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"bias": "all"}, "is of type LORA with bias 'all'"),
        ({"modules_to_save": ["norm"]}, r"modules_to_save \['norm'\]; expected a LORA without either"),
    ],
)
def test_an_adapter_that_holds_more_than_lora_is_refused(tiny, tmp_path, settings, sentence):
    """Folding would leave the rest out."""
    adapter_of(prune_layers(tiny.model, (9,)), tmp_path, **settings)
    with pytest.raises(BadInput, match=sentence):
        with_adapter(replace(tiny, model=prune_layers(tiny.model, (9,))), tmp_path)


def test_an_adapter_of_another_shape_is_refused(tiny, tmp_path):
    """Same depth, other width."""
    variant = replace(tiny, model=prune_layers(tiny.model, range(6)))
    adapter_of(tiny_random("llama"), tmp_path)
    with pytest.raises(BadInput, match=r"does not fit this variant \(.*\); expected a complete LoRA adapter"):
        with_adapter(variant, tmp_path)


def test_a_damaged_adapter_is_refused(tiny, tmp_path):
    """Cut short by a full disk, for example."""
    adapter_of(prune_layers(tiny.model, (9,)), tmp_path)
    weights = tmp_path / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(BadInput, match="does not fit this variant"):
        with_adapter(replace(tiny, model=prune_layers(tiny.model, (9,))), tmp_path)


@pytest.mark.filterwarnings("ignore:Found missing adapter keys:UserWarning")
def test_tensors_without_a_place_are_not_passed_over(tiny, tmp_path):
    """An adapter whose names the model does not have is refused rather than folded in part."""
    from safetensors.torch import load_file, save_file

    adapter_of(prune_layers(tiny.model, (9,)), tmp_path)
    weights = tmp_path / "adapter_model.safetensors"
    save_file(load_file(weights) | {"base_model.model.model.layers.3.other.lora_A.weight": torch.ones(2)}, weights)
    with pytest.raises(BadInput, match="holds 23 tensors, and 22 have a place"):
        with_adapter(replace(tiny, model=prune_layers(tiny.model, (9,))), tmp_path)


def test_an_adapter_of_another_depth_is_refused(tiny, tmp_path):
    """An adapter of nine layers is not put on ten."""
    import peft

    nine = peft.get_peft_model(prune_layers(tiny.model, (9, 10, 11)), peft.LoraConfig(r=2, target_modules=["q_proj"]))
    nine.save_pretrained(tmp_path)
    with pytest.raises(BadInput, match="was trained on 9 layers, and this variant has 12"):
        with_adapter(tiny, tmp_path)


def test_a_merged_variant_needs_an_adapter(tiny):
    """Folding without an adapter is refused."""
    with pytest.raises(BadInput, match="a variant without an adapter"):
        merged(tiny)


TARGETS = {
    "a pattern of a few layers": {"target_modules": r".*layers\.[0-5]\.self_attn\.q_proj"},
    "modules one by one": {"target_modules": ["layers.0.self_attn.q_proj", "layers.2.mlp.up_proj"]},
    "with the head": {"target_modules": ["q_proj", "lm_head"]},
    "embedding and head alone": {"target_modules": ["lm_head", "embed_tokens"]},
    "all linear maps": {"target_modules": "all-linear"},
}


@pytest.mark.filterwarnings("ignore::UserWarning")  # peft's, of tied weights
@pytest.mark.parametrize("name", TARGETS)
def test_an_adapter_of_any_part_is_folded_in(tiny, tmp_path, name):
    """Whatever a LoRA was put on, folded it changes the logits as it does unfolded."""
    import peft

    torch.manual_seed(0)
    adapted = peft.get_peft_model(prune_layers(tiny.model, (9,)), peft.LoraConfig(r=2, **TARGETS[name]))
    for part, parameter in adapted.named_parameters():
        if "lora_B" in part or "lora_embedding" in part:
            parameter.data.normal_(std=0.1)
    adapted.save_pretrained(tmp_path)
    folded = with_adapter(replace(tiny, model=prune_layers(tiny.model, (9,))), tmp_path)

    assert distance(logits(folded.model, IDS), logits(adapted, IDS)) < 1e-4
    assert distance(logits(folded.model, IDS), logits(prune_layers(tiny.model, (9,)), IDS)) > 1e-2


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("alora_invocation_tokens", "is an activated LoRA"),
        ("trainable_token_indices", "trains rows of the embedding"),
    ],
)
def test_an_adapter_that_cannot_be_folded_is_told_why(tiny, tmp_path, setting, sentence):
    """An activated LoRA and one with trained token rows are told what they are."""
    adapter_of(prune_layers(tiny.model, (9,)), tmp_path, **{setting: [5]})
    with pytest.raises(BadInput, match=sentence):
        with_adapter(replace(tiny, model=prune_layers(tiny.model, (9,))), tmp_path)
