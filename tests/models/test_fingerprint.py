import copy

import pytest
import torch

from harness.models.fingerprint import fingerprint
from harness.models.reference import resolve
from harness.prune.surgery import prune_layers


def test_one_changed_weight_changes_the_fingerprint(tiny):
    """Two models that compute differently have different names; copies have the same."""
    twin = copy.deepcopy(tiny.model)
    assert fingerprint(tiny.model) == fingerprint(twin)
    with torch.no_grad():
        twin.model.layers[3].mlp.up_proj.weight[5, 7] += 0.25

    assert fingerprint(tiny.model) != fingerprint(twin)


def test_what_is_remembered_of_the_base_needs_no_threads_again(tiny, monkeypatch):
    """Of a variant nothing is hashed, and the name is that of one of which everything is."""
    variant = prune_layers(tiny.model, [3])
    anew = fingerprint(copy.deepcopy(variant))
    monkeypatch.setattr("harness.models.fingerprint.ThreadPoolExecutor", lambda *_: pytest.fail("threads were begun"))
    monkeypatch.setattr("harness.models.fingerprint.describe", lambda *_: pytest.fail("a tensor was hashed anew"))

    assert fingerprint(variant) == anew


def test_kept_layers_and_dtype_change_the_fingerprint(tiny):
    """Every variant has a name of its own."""
    names = {fingerprint(prune_layers(tiny.model, [layer])) for layer in range(tiny.depth)}
    half = copy.deepcopy(tiny.model).to(torch.bfloat16)

    assert len(names) == 12
    assert fingerprint(half) not in names | {tiny.fingerprint}


@pytest.mark.parametrize(
    ("text", "source", "revision"),
    [("tiny", "tiny", None), ("Qwen/Qwen2.5-7B-Instruct", "hub", None), ("a/b@main", "hub", "main")],
)
def test_references(text, source, revision):
    """What `--model` understands."""
    reference = resolve(text)

    assert (source, revision) == (reference.source, reference.revision)


def test_tiny_model_is_under_ten_megabytes(tiny):
    """The bundled folder stays small, and has twelve layers or more."""
    from pathlib import Path

    size = sum(path.stat().st_size for path in Path(tiny.reference.location).iterdir())

    assert size < 10_000_000
    assert tiny.depth >= 12
