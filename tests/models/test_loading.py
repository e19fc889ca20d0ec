"""Loading: what is refused, and what it leaves as it was."""

import logging
import os

import pytest

from harness import load_model
from harness.errors import BadInput
from harness.models.reference import bundled
from harness.selfcheck import tiny_random
from tests.models.folders import (
    CONFIG,
    entries,
    family,
)


def test_code_that_transformers_took_over_is_no_obstacle(tmp_path, monkeypatch):
    """Phi-3 was published with code of its own, which is now transformers' class of that name."""
    folder = family("phi3", tmp_path, monkeypatch)
    entries(CONFIG, auto_map={"AutoModelForCausalLM": "modeling_phi3.Phi3ForCausalLM"})(folder)

    assert load_model(str(folder)).depth == 6


def test_a_tokenizer_without_files_is_refused(tmp_path):
    """For some families transformers makes an empty tokenizer where there is none."""
    tiny_random.tiny_random("qwen2").save_pretrained(tmp_path)

    with pytest.raises(BadInput, match=r"its tokenizer has 1 tokens and knows no word of .* copy the tokenizer files"):
        load_model(str(tmp_path))


def test_the_tokenizer_stays_as_it_is(copy):
    """No padding token is invented: padding is masked, and an export would write it down."""
    assert load_model(copy(entries("tokenizer_config.json", pad_token=None))).tokenizer.pad_token is None


@pytest.mark.parametrize("shown", [True, False])
def test_loading_leaves_the_process_as_it_was(monkeypatch, shown):
    """Progress bars, loggers and the environment are what the host made them, also after a refusal."""
    from transformers.utils import logging as transformers_logging

    before = transformers_logging.is_progress_bar_enabled()
    (transformers_logging.enable_progress_bar if shown else transformers_logging.disable_progress_bar)()
    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    monkeypatch.setattr(logging.getLogger("bitsandbytes"), "level", logging.INFO)
    state = (transformers_logging.get_verbosity(), dict(os.environ))
    try:
        load_model("tiny")
        with pytest.raises(BadInput):
            load_model("nobody/nothing")

        assert transformers_logging.is_progress_bar_enabled() is shown
        assert (transformers_logging.get_verbosity(), dict(os.environ)) == state
        assert logging.getLogger("bitsandbytes").level == logging.INFO
    finally:
        (transformers_logging.enable_progress_bar if before else transformers_logging.disable_progress_bar)()


def test_the_tiny_model_is_float32_on_a_gpu_too(monkeypatch, tiny):
    """One model with one set of baselines; its files hold bfloat16, which other folders get on a GPU."""
    monkeypatch.setattr("harness.models.load.device", lambda: "cpu:0")  # what is not called cpu is treated as a GPU

    assert load_model("tiny").fingerprint == tiny.fingerprint
    assert load_model("tiny").dtype == "float32"
    assert load_model(str(bundled("tiny"))).dtype == "bfloat16"
