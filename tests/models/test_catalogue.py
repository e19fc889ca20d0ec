"""The paper's models as data: names that resolve, shapes that add up, layer sets that fit."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from harness import load_model
from harness.errors import BadInput
from harness.methods.published import layer_set
from harness.models.catalogue import MODELS, find, recognised
from harness.models.reference import resolve
from harness.plugin.hooks import GPU_MODELS
from harness.prune.ratio import layer_count
from harness.report.paper import paper_model
from harness.selfcheck.stand_in import FAMILIES
from harness.tasks.released import RELEASED

each_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)


@each_model
def test_a_short_name_is_its_hub_id(model):
    """Short name and hub id lead to the same place, with or without a revision."""
    short, pinned, full = resolve(model.name), resolve(f"{model.name}@abc"), resolve(model.hub)

    assert (short.source, short.location, short.revision) == ("hub", model.hub, None)
    assert (pinned.location, pinned.revision) == (model.hub, "abc")
    assert (full.location, full.label) == (short.location, short.label)


def test_a_folder_of_that_name_comes_first(tmp_path, monkeypatch):
    """What lies on the disk is what was meant."""
    (tmp_path / "mistral-7b").mkdir()
    (tmp_path / "mistral-7b" / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path)

    assert resolve("mistral-7b").source == "folder"


def test_an_unknown_name_lists_the_short_ones():
    """A misspelt short name is answered with the right ones."""
    assert find("llama-3.1") is None
    with pytest.raises(BadInput, match=r"one of qwen2.5-7b, llama-3.1-8b, mistral-7b, gemma-2-2b"):
        load_model("llama-3.1")


@each_model
def test_parameters_are_those_of_the_published_shape(model):
    """The count behind the expected disk space is the architecture's own."""
    config = AutoConfig.for_model(**FAMILIES[model.name].config)
    with torch.device("meta"):
        whole = AutoModelForCausalLM.from_config(config)

    assert config.num_hidden_layers == model.depth
    assert sum(parameter.numel() for parameter in whole.parameters()) == model.parameters
    assert model.disk_gb == pytest.approx(model.parameters * 2 / 1e9)


@each_model
def test_layer_sets_fit_their_model(model):
    """Sets are increasing and inside the model; those of a whole quarter are as long as ours."""
    for found in model.layer_sets:
        assert list(found.layers) == sorted(set(found.layers))
        assert 0 <= found.layers[0] <= found.layers[-1] < model.depth
        if found.method == "BI":
            assert len(found.layers) == layer_count(0.25, model.depth)


def test_the_gpu_tier_is_the_catalogue():
    """The tier's default models come from here, in this order."""
    assert tuple(model.hub for model in MODELS) == GPU_MODELS


def test_the_catalogue_loads_no_torch():
    """Collection stays light."""
    program = "import sys, harness.models.catalogue; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_page_says_the_cut_offs_and_dates_that_rows_say():
    """One table a reader sees, one that pages are made from."""
    page = (Path(__file__).parents[2] / "docs" / "contamination.md").read_text()

    for model in MODELS:
        until = model.cutoff or "not stated"
        assert f"| `{model.name}` | {model.released} | {until} | {model.cutoff_source} |" in page
    for released in RELEASED.values():
        assert f"{released.month} ({released.arxiv})" in page


@each_model
@pytest.mark.parametrize(
    "written", ["{hub}", "{hub}@abc", "{title}", "/models/{title}", "{title}-AWQ", "x/{title}-Q4_K_M.gguf"]
)
def test_a_model_of_the_paper_is_recognised_alike_everywhere(model, written):
    """As a label, a folder, a revision or a quantised copy: its figures, its dates and its layers go together."""
    text = written.format(hub=model.hub, title=model.title)

    assert recognised(text) == model
    assert paper_model(text) == model.title
    assert layer_set("paper_reverse", text, model.depth, layer_count(0.25, model.depth)).layers[-1] == model.depth - 1


def test_an_earlier_name_is_the_same_model():
    """Copies keep the name that a hub id had when they were made."""
    assert recognised("Meta-Llama-3.1-8B-Instruct") == find("llama-3.1-8b")


@each_model
def test_another_model_is_not_recognised(model):
    """The short names are those of base models on the hub, and what was pruned is another model."""
    assert recognised(model.name) is None
    assert recognised(f"{model.title}-pruned") is None
