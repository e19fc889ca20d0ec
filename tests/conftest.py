"""Fixtures of our own tests: small random models, the tiny model, and no network."""

import gc
import json
import os
import sys
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import settings

# pages of pytest are read by tests, and pytest lays them out by these (on a CI its summary repeats whole messages)
for setting in ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS", "FORCE_COLOR", "PY_COLORS", "COLUMNS"):
    os.environ.pop(setting, None)
# the sessions of pytest that tests begin have no properties to try; to load this takes each process more than a second
NO_HYPOTHESIS = "-p no:hypothesispytest"
os.environ["PYTEST_ADDOPTS"] = NO_HYPOTHESIS

# a first example may import torch, and a busy machine is no failure
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

FAMILIES = ("llama", "qwen2", "mistral", "gemma2")
DEPTH = 6


@pytest.fixture(scope="module", autouse=True)
def _what_stays_is_no_garbage():
    """What was imported and made before stays; a training begins with a look for garbage, which took a third of it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _no_network(socket_disabled):
    """No test may open a socket."""


@cache
def _validator():
    import jsonschema

    schema = json.loads((resources.files("harness.report") / "verdicts.schema.json").read_text(encoding="utf-8"))
    return jsonschema.Draft202012Validator(schema)


@pytest.fixture(scope="session")
def validator():
    """What tells a verdicts.json from anything else, by the published JSON Schema."""
    pytest.importorskip("jsonschema", reason="needs jsonschema, which `make setup` installs")
    return _validator()


@pytest.fixture(autouse=True)
def _rows_as_published(request):
    """Every verdicts.json that a test leaves in its folder is as the JSON Schema says, whichever process wrote it."""
    folders = [request.getfixturevalue(name) for name in ("tmp_path", "pytester") if name in request.fixturenames]
    yield
    found = [path for folder in folders for path in getattr(folder, "path", folder).rglob("verdicts.json")]
    if find_spec("jsonschema") is not None:  # absent from an environment that is older than the lock
        for path in found:
            _validator().validate(json.loads(path.read_text(encoding="utf-8")))


@pytest.fixture(autouse=True)
def _imported_once(request, monkeypatch):
    """A pytest inside this process forgets what it imports; only its own files may be forgotten.

    What registers itself with torch (bitsandbytes, the compiler, kernels) cannot be imported a second time.
    """
    if "pytester" not in request.fixturenames:
        return
    from _pytest.pytester import SysModulesSnapshot

    request.getfixturevalue("pytester")  # which takes this out of the environment
    monkeypatch.setenv("PYTEST_ADDOPTS", NO_HYPOTHESIS)
    forget, folder = SysModulesSnapshot.restore, request.getfixturevalue("tmp_path_factory").getbasetemp()

    def forget_tests(snapshot):
        lasting = {name: module for name, module in sys.modules.items() if not _is_a_test(folder, name, module)}
        forget(snapshot)
        for name, module in lasting.items():
            sys.modules.setdefault(name, module)

    monkeypatch.setattr(SysModulesSnapshot, "restore", forget_tests)


def _is_a_test(folder, name, module):
    """Whether a module is one of ours to check with, or its file lies in a folder."""
    return name.split(".")[0] == "checks" or str(getattr(module, "__file__", None)).startswith(str(folder))


@pytest.fixture(scope="session", autouse=True)
def _one_thread():
    """One thread: thread pools of tiny tensors cost more than they give."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def random_model(family, depth=DEPTH, vocabulary=99):
    """A random model of a family, small enough for a property test; windows are small so that they matter."""
    import torch
    from transformers import AutoModelForCausalLM, Gemma2Config, LlamaConfig, MistralConfig, Qwen2Config

    shape = {
        "vocab_size": vocabulary,
        "hidden_size": 32,
        "intermediate_size": 64,
        "num_hidden_layers": depth,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 128,
        "initializer_range": 0.3,
        "pad_token_id": 0,
        "bos_token_id": 1,
        "eos_token_id": 2,
    }
    config = {
        "llama": lambda: LlamaConfig(**shape),
        "qwen2": lambda: Qwen2Config(**shape),
        "mistral": lambda: MistralConfig(**shape, sliding_window=4),
        "gemma2": lambda: Gemma2Config(**shape, sliding_window=4, head_dim=8),
    }[family]()
    torch.manual_seed(0)
    return AutoModelForCausalLM.from_config(config).eval().requires_grad_(False)


@pytest.fixture(scope="session", params=FAMILIES)
def family_model(request):
    """One random six-layer model of a family."""
    return random_model(request.param)


@pytest.fixture(scope="session")
def make_random():
    """Makes a random model of a family."""
    return random_model


@pytest.fixture(scope="session")
def tiny():
    """The bundled tiny model."""
    from harness import load_model

    return load_model("tiny")


@pytest.fixture(scope="session")
def real_data():
    """The folder of real benchmarks beside the checkout; not part of it."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"needs the real benchmarks as plain files in {folder}")
    return folder
