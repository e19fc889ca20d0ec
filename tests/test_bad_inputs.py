"""Twenty things a user gets wrong, and the one sentence each gets, before any long work starts."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from harness import load_model, prune_layers, rank_layers
from harness.decide.bootstrap import PairedTask, retention_interval
from harness.errors import BadInput
from harness.methods.rank import resolve_method
from harness.models.reference import bundled
from harness.prune.plan import parse_layers
from harness.prune.ratio import layer_count
from harness.report.verdicts import write_verdicts
from harness.score.scorer import Scorer
from harness.score.store import Store
from harness.tasks.data import read_jsonl
from harness.tasks.source import Bundled, Folder, data_file
from harness.tasks.subset import seeded_subset
from harness.tasks.suite import evaluate
from harness.text.form import parse_form
from harness.text.requests import GenerationRequest, NextToken, NextTokenRequest


def damaged_model(folder):
    """The tiny model with its weights cut in half."""
    shutil.copytree(bundled("tiny"), folder / "damaged")
    weights = folder / "damaged" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1_000_000])
    return str(folder / "damaged")


def written(path, content):
    """A file with content."""
    path.write_bytes(content)
    return path


def without_template(tiny):
    """The tiny model without its chat template."""
    import copy
    from dataclasses import replace

    tokenizer = copy.deepcopy(tiny.tokenizer)
    tokenizer.chat_template = None
    return replace(tiny, tokenizer=tokenizer)


def full_disk(folder):
    """A folder that cannot be made: its parent is a file."""
    return written(folder / "file", b"") / "store"


CASES = {
    "missing model folder": (lambda t, d: load_model(f"{d}/nowhere"), "nowhere: no such folder; expected `tiny`"),
    "folder without a model": (lambda t, d: load_model(str(d)), "the folder holds no config.json"),
    "missing gguf": (lambda t, d: load_model("model.gguf"), "model.gguf: there is no such .gguf file"),
    "truncated weights": (
        lambda t, d: load_model(damaged_model(d)),
        "damaged: model.safetensors cannot be .*; fetch",
    ),
    "unknown dtype": (
        lambda t, d: load_model("tiny", dtype="fp8"),
        "dtype 'fp8' is not one of float32, bfloat16, float16",
    ),
    "ratio 1.5": (lambda t, d: layer_count(1.5, 12), "ratio 1.5 is not between 0 and 1; write a quarter"),
    "ratio too small": (lambda t, d: layer_count(0.01, 12), "ratio 0.01 of 12 layers removes none; use at least"),
    "layer 99": (lambda t, d: prune_layers(t.model, [99]), "layer 99 does not exist; the model has layers 0 to 11"),
    "layer twice": (lambda t, d: prune_layers(t.model, [3, 3]), "layer 3 is named twice; name each"),
    "every layer": (lambda t, d: prune_layers(t.model, range(12)), "all 12 layers are to be removed; at least one"),
    "garbled range": (lambda t, d: parse_layers("9-3"), "'9-3' in '9-3' is no layer or range; write layers like"),
    "unknown method": (lambda t, d: resolve_method("magic"), "--method magic: unknown; use one of .*block_influence"),
    "method that cannot be imported": (lambda t, d: resolve_method("no_such:f"), "no_such:f: cannot be imported"),
    "more layers than there are": (lambda t, d: rank_layers("reverse", t, 12, []), "12 layers are to be removed of 12"),
    "no calibration": (lambda t, d: rank_layers("block_influence", t, 3, []), "was given no calibration texts"),
    "limit 0": (lambda t, d: seeded_subset(["a"], 0, 0, "t"), "limit 0 for task .t.: expected at least 1 item"),
    "missing data file": (lambda t, d: data_file(Folder(d), "math/gsm8k_test.jsonl"), "gsm8k_test.jsonl"),
    "truncated data file": (
        lambda t, d: read_jsonl(written(d / "a.jsonl.gz", gzip.compress(b'{"a": 1}\n' * 500)[:-20])),
        "a.jsonl.gz",
    ),
    "line that is not JSON": (lambda t, d: read_jsonl(written(d / "a.jsonl", b'{"a": 1}\n{"a": ')), "a.jsonl.* 2"),
    "unknown task": (
        lambda t, d: evaluate(["nosuch"], Scorer(t.model, t.tokenizer), Bundled(), None, 0),
        "'nosuch' is unknown",
    ),
    "no such template": (
        lambda t, d: parse_form(str(d / "no.jinja")),
        "no.jinja: there is no such file; expected .plain",
    ),
    "chat without a template": (
        lambda t, d: Scorer(t.model, without_template(t).tokenizer).generations([GenerationRequest("a", 4)]),
        "no chat template, and this task asks in turns; use an instruct model",
    ),
    "candidate of two tokens": (
        lambda t, d: Scorer(t.model, t.tokenizer).next_tokens([NextTokenRequest("1 +", ("12",))]),
        "the candidate '12' is 2 tokens",
    ),
    "base that scores 0": (
        lambda t, d: retention_interval([PairedTask("t", (1.0,), (0.0,))]),
        "retention is undefined",
    ),
    "store that cannot be written": (
        lambda t, d: Store(full_disk(d), "abc").put({"key": NextToken((0.0,))}),
        "cannot be written .* answers stored so far are kept",
    ),
    "report that cannot be written": (
        lambda t, d: write_verdicts(full_disk(d), [], {}),
        "--report .* cannot be written",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_bad_input_gets_one_sentence(name, tiny, tmp_path):
    """The error names the value, what was expected and what to do, in one line."""
    act, sentence = CASES[name]
    with pytest.raises(BadInput, match=sentence) as error:
        act(tiny, tmp_path)

    assert "\n" not in str(error.value)


def test_there_are_at_least_twenty():
    """The table keeps its promise."""
    assert len(CASES) >= 20


def test_the_mini_world_is_there():
    """The table's good inputs exist."""
    assert json.loads(Path(bundled("tiny") / "config.json").read_text())["num_hidden_layers"] == 12
