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
from harness.export.folder import write_folder
from harness.models.agreement import distance, logits, probe_ids
from harness.models.fingerprint import fingerprint
from harness.models.reference import Reference, bundled
from harness.prune.apply import apply_plan
from harness.prune.mergekit import to_yaml
from harness.prune.plan import LayerPlan, parse_plan
from harness.prune.surgery import prune_layers
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


def test_mergekit_is_told_the_revision():
    """The base is read at the commit that was pruned; a .gguf file is nothing that mergekit reads."""
    assert mergekit_base(Reference("o/n@v1", "hub", "o/n", "v1"), None) == "o/n@v1"
    assert mergekit_base(Reference("o/n", "hub", "o/n"), None) == "o/n"
    assert mergekit_base(Reference("a.gguf", "gguf", "a.gguf"), None) is None


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
    assert "the model needs 4.87 MB and 10 bytes are free; make room" in capsys.readouterr().err
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


def test_a_folder_that_would_load_as_another_model_is_not_written(tiny, tmp_path):
    """ModernBERT's first layer has no norm before its attention: without it the folder is another model."""
    variant = replace(tiny, model=prune_layers(tiny_random("modernbert-decoder"), (0,)))
    with pytest.raises(BadInput, match=r"would load as another model: the first layer alone has no norm"):
        write_folder(variant, "tiny", parse_plan("0", 6), tmp_path / "out", lambda: "")
    assert not list(tmp_path.iterdir())


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
