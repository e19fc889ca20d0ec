"""An exported folder is the variant."""

import json
import shutil
from dataclasses import replace

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from harness import load_model
from harness.__main__ import main
from harness.commands.export import mergekit_base
from harness.errors import BadInput
from harness.export.folder import MERGEKIT, with_adapter, write_folder
from harness.export.mergekit import to_yaml
from harness.models.agreement import distance, logits, probe_ids
from harness.models.fingerprint import fingerprint
from harness.models.reference import Reference, bundled
from harness.prune.apply import apply_plan
from harness.prune.plan import LayerPlan, parse_plan
from harness.prune.surgery import prune_layers
from harness.recover.merge import merged
from harness.score.lm_eval_backend import HarnessLM
from harness.selfcheck.tiny_random import tiny_random

IDS = probe_ids(275)
FACTS = {
    "task": "facts",
    "dataset_path": "json",
    "output_type": "multiple_choice",
    "test_split": "test",
    "doc_to_text": "{{question}}",
    "doc_to_choice": "{{choices.text}}",
    "doc_to_target": "{{choices.label.index(answerKey)}}",
    "metric_list": [{"metric": "acc"}],
    "num_fewshot": 0,
}
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


def test_a_configuration_brings_its_model_and_dtype(tmp_path, capsys, make_random):
    """Without --model and --dtype, those of the file are used, as mergekit would."""
    base = tmp_path / "base"
    make_random("llama", vocabulary=562).save_pretrained(base)
    load_model("tiny").tokenizer.save_pretrained(base)
    (base / "LICENSE.txt").write_text("do what you like")
    (tmp_path / "a.yaml").write_text(to_yaml(LayerPlan.without((1,), 6), str(base), "float16"))

    assert main(["export", "--plan", str(tmp_path / "a.yaml"), "--out", str(tmp_path / "out")]) == 0
    assert "base without 1, 5 of 6 layers" in capsys.readouterr().out
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "out").dtype == torch.float16
    assert (tmp_path / "out" / "LICENSE.txt").read_text() == "do what you like"


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


def test_mergekit_is_told_the_revision():
    """The base is read at the commit that was pruned; a .gguf file is nothing that mergekit reads."""
    assert mergekit_base(Reference("o/n@v1", "hub", "o/n", "v1"), None) == "o/n@v1"
    assert mergekit_base(Reference("o/n", "hub", "o/n"), None) == "o/n"
    assert mergekit_base(Reference("a.gguf", "gguf", "a.gguf"), None) is None


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


def test_lm_eval_scores_the_folder_as_the_variant(run_export, tmp_path):
    """lm-eval's own backend on the folder and ours on the variant in memory: the same choices, the same accuracy."""
    import lm_eval
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager

    folder = run_export("--drop", "9-11", "--dtype", "float32")
    data = {"data_files": {"test": str(bundled("data") / "facts" / "test.jsonl")}, "cache_dir": str(tmp_path / "cache")}
    (tmp_path / "facts.yaml").write_text(json.dumps(FACTS | {"dataset_kwargs": data}))
    backends = (
        HFLM(pretrained=str(folder), device="cpu", dtype="float32", batch_size=16),
        HarnessLM.create_from_arg_string("pretrained=tiny,drop=9-11"),
    )
    results = []
    for backend in backends:
        loaded = TaskManager(include_path=str(tmp_path), include_defaults=False).load(["facts"])
        results.append(lm_eval.evaluate(backend, loaded, limit=50, bootstrap_iters=0, log_samples=True))
    theirs, ours = ([sample["filtered_resps"] for sample in result["samples"]["facts"]] for result in results)

    assert len(ours) == 50
    for mine, other in zip(ours, theirs, strict=True):
        assert [value for value, _ in mine] == pytest.approx([value for value, _ in other], abs=1e-3)
        assert max(range(4), key=lambda i: mine[i][0]) == max(range(4), key=lambda i: other[i][0])
    assert results[0]["results"]["facts"]["acc,none"] == results[1]["results"]["facts"]["acc,none"]


def test_bad_input_is_one_sentence_and_writes_nothing(tmp_path, capsys, monkeypatch):
    """Each refusal comes before any work, with exit code 2."""
    full = tmp_path / "full"
    full.mkdir()
    (full / "a").touch()
    cases = {
        ("--drop", "12"): "layer 12 does not exist; the model has layers 0 to 11",
        ("--plan", "no.yaml"): "--plan no.yaml: there is no such file",
        ("--plan", str(bundled("tiny") / "model.safetensors")): "model.safetensors: cannot be read",
        ("--drop", "3", "--out", str(full / "a" / "out")): "a/out: cannot be written",
        ("--drop", "3", "--scores", "-1"): "--scores -1: expected a number of items",
        ("--drop", "3", "--adapter", "nowhere"): "--adapter nowhere: expected a peft folder",
        ("--drop", "3", "--out", str(full)): "exists and is not empty; name a new folder",
    }
    for arguments, sentence in cases.items():
        assert main(["export", "--out", str(tmp_path / "out"), *arguments]) == 2
        assert sentence in capsys.readouterr().err
    usage = type("usage", (), {"free": 10, "total": 100})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert main(["export", "--out", str(tmp_path / "out"), "--drop", "3"]) == 2
    assert "GB are free; make room" in capsys.readouterr().err
    usage.total = 0
    assert main(["export", "--out", str(tmp_path / "out"), "--drop", "3"]) == 2
    assert "is on no disk, and a folder cannot be made there; name another folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["full"]


def test_a_disk_that_fills_up_leaves_nothing(tmp_path, capsys, monkeypatch):
    """Room is checked before, and may be gone before the end."""

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("transformers.PreTrainedTokenizerBase.save_pretrained", full)
    assert main(["export", "--drop", "3", "--out", str(tmp_path / "out")]) == 2
    assert "No space left on device); make room or name another folder" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_an_adapter_of_another_depth_is_refused(tiny, tmp_path):
    """An adapter of nine layers is not put on ten."""
    import peft

    nine = peft.get_peft_model(prune_layers(tiny.model, (9, 10, 11)), peft.LoraConfig(r=2, target_modules=["q_proj"]))
    nine.save_pretrained(tmp_path)
    with pytest.raises(BadInput, match="was trained on 9 layers, and this variant has 12"):
        with_adapter(tiny, tmp_path)


def test_a_folder_that_would_load_as_another_model_is_not_written(tiny, tmp_path):
    """ModernBERT's first layer has no norm before its attention: without it the folder is another model."""
    variant = replace(tiny, model=prune_layers(tiny_random("modernbert-decoder"), (0,)))
    with pytest.raises(BadInput, match=r"would load as another model: the first layer alone has no norm"):
        write_folder(variant, "tiny", parse_plan("0", 6), tmp_path / "out", lambda: "")
    assert not list(tmp_path.iterdir())


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


def test_what_stands_beside_the_weights_goes_along(tmp_path):
    """Processor files are copied, no padding token is invented, and a dtype that no config states is the weights'."""
    base = tmp_path / "base"
    shutil.copytree(bundled("tiny"), base)
    (base / "preprocessor_config.json").write_text('{"size": 4}')
    (base / "processor_config.json").write_text("{}")
    for name, entry in (("tokenizer_config.json", "pad_token"), ("config.json", "dtype")):
        settings = json.loads((base / name).read_text())
        del settings[entry]
        (base / name).write_text(json.dumps(settings))

    assert main(["export", "--model", str(base), "--drop", "3", "--out", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out" / "preprocessor_config.json").read_text() == '{"size": 4}'
    assert (tmp_path / "out" / "processor_config.json").is_file()
    assert AutoTokenizer.from_pretrained(tmp_path / "out").pad_token is None
    assert AutoModelForCausalLM.from_pretrained(tmp_path / "out").dtype == torch.bfloat16
