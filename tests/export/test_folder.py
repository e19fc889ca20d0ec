"""An exported folder is the variant."""

import shutil

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from harness import load_model
from harness.__main__ import main
from harness.errors import BadInput
from harness.export.folder import with_adapter, write_folder
from harness.export.mergekit import to_yaml
from harness.models.fingerprint import fingerprint
from harness.models.reference import bundled
from harness.models.tiny_random import tiny_random
from harness.prune.apply import apply_plan
from harness.prune.oracles import distance, logits, probe_ids
from harness.prune.plan import LayerPlan, parse_plan
from harness.prune.surgery import prune_layers
from harness.recover.merge import merged
from harness.score.lm_eval_backend import HarnessLM

IDS = probe_ids(275)
pytestmark = pytest.mark.filterwarnings("ignore:`is_gradient_checkpointing` is deprecated:FutureWarning")  # peft's call


@pytest.mark.parametrize("drop", ["9-11", "0,5", "3,attn7,mlp0"])
def test_transformers_loads_the_variant(run_export, drop):
    """The folder alone gives the logits of the variant in memory, and the tokenizer asks in turns."""
    folder = run_export("--drop", drop, "--dtype", "float32")

    loaded = AutoModelForCausalLM.from_pretrained(folder)
    expected = apply_plan(load_model("tiny").model, parse_plan(drop, 12))
    assert distance(logits(loaded, IDS), logits(expected, IDS)) < 1e-6
    assert AutoTokenizer.from_pretrained(folder).chat_template
    assert {file.name for file in folder.iterdir()} >= {"config.json", "model.safetensors", "README.md"}


def test_the_harness_knows_it_again(run_export, tiny):
    """A folder of whole layers has the fingerprint of the variant in memory, and its card says so."""
    folder = run_export("--drop", "9-11", "--dtype", "float32")

    known = fingerprint(prune_layers(tiny.model, (9, 10, 11)))
    assert load_model(str(folder)).fingerprint == known
    assert f"fingerprint `{known}`" in (folder / "README.md").read_text()


def test_an_exported_configuration_is_read_back(run_export):
    """Exporting from the written mergekit file writes the same weights."""
    first = run_export("--drop", "3-4")
    second = run_export("--plan", str(first / "mergekit.yaml"), name="again")

    assert (first / "model.safetensors").read_bytes() == (second / "model.safetensors").read_bytes()


def test_a_configuration_brings_its_model_and_dtype(tmp_path, capsys):
    """Without --model and --dtype, those of the file are used, as mergekit would."""
    base = tmp_path / "base"
    tiny_random("llama").save_pretrained(base)
    load_model("tiny").tokenizer.save_pretrained(base)
    (tmp_path / "a.yaml").write_text(to_yaml(LayerPlan.without((1,), 6), str(base), "float16"))

    assert main(["export", "--plan", str(tmp_path / "a.yaml"), "--out", str(tmp_path / "out")]) == 0
    assert "base without 1, 5 of 6 layers" in capsys.readouterr().out
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "out").dtype == torch.float16


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


def test_scores_in_the_card_are_those_of_lm_eval_before_and_after(run_export, tiny):
    """lm-eval's own backend on the folder chooses what ours chooses for the variant in memory, item by item."""
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM

    from harness.tasks.suite import TASKS

    folder = run_export("--drop", "9-11", "--dtype", "float32")
    asked = [
        (request.context, request.continuation)
        for item in TASKS["facts"].load(None, "test")[:50]
        for request in TASKS["facts"].ask(item)
    ]
    instances = [Instance("loglikelihood", {}, pair, index) for index, pair in enumerate(asked)]

    theirs = HFLM(pretrained=str(folder), device="cpu", dtype="float32", batch_size=16).loglikelihood(instances)
    ours = HarnessLM.create_from_arg_string("pretrained=tiny,drop=9-11").loglikelihood(instances)

    assert [value for value, _ in ours] == pytest.approx([value for value, _ in theirs], abs=1e-3)


def test_bad_input_is_one_sentence_and_writes_nothing(tmp_path, capsys, monkeypatch):
    """Each refusal comes before any work, with exit code 2."""
    full = tmp_path / "full"
    full.mkdir()
    (full / "a").touch()
    cases = {
        ("--drop", "12"): "layer 12 does not exist; the model has layers 0 to 11",
        ("--plan", "no.yaml"): "--plan no.yaml: there is no such file",
        ("--plan", str(bundled("tiny") / "model.safetensors")): "model.safetensors: cannot be read",
        ("--drop", "3", "--scores", "-1"): "--scores -1: expected a number of items",
        ("--drop", "3", "--adapter", "nowhere"): "--adapter nowhere: expected a peft folder",
        ("--drop", "3", "--out", str(full)): "exists and is not empty; name a new folder",
    }
    for arguments, sentence in cases.items():
        assert main(["export", "--out", str(tmp_path / "out"), *arguments]) == 2
        assert sentence in capsys.readouterr().err
    usage = type("usage", (), {"free": 10})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert main(["export", "--out", str(tmp_path / "out"), "--drop", "3"]) == 2
    assert "GB are free; make room" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_an_adapter_of_another_depth_is_refused(tiny, tmp_path):
    """An adapter of nine layers is not put on ten."""
    import peft

    nine = peft.get_peft_model(prune_layers(tiny.model, (9, 10, 11)), peft.LoraConfig(r=2, target_modules=["q_proj"]))
    nine.save_pretrained(tmp_path)
    with pytest.raises(BadInput, match="was trained on 9 layers, and this variant has 12"):
        with_adapter(tiny, tmp_path)


def test_a_folder_that_would_load_as_another_model_is_not_written(tiny, tmp_path):
    """ModernBERT's first layer has no norm before its attention: without it the folder is another model."""
    from dataclasses import replace

    variant = replace(tiny, model=prune_layers(tiny_random("modernbert-decoder"), (0,)))
    with pytest.raises(BadInput, match=r"loads as another model .* the first layer alone has no norm"):
        write_folder(variant, "tiny", parse_plan("0", 6), tmp_path / "out", lambda: "")
    assert not list(tmp_path.iterdir())


def test_a_merged_variant_needs_an_adapter(tiny):
    """Folding without an adapter is refused."""
    with pytest.raises(BadInput, match="a variant without an adapter"):
        merged(tiny)
