"""mergekit writes from our configuration what we write, bit for bit."""

import json
from contextlib import nullcontext

import pytest
import yaml
from safetensors.torch import load_file

from harness import load_model
from harness.__main__ import main
from harness.export.folder import MERGEKIT
from harness.prune.plan import LayerPlan
from tests.conftest import FAMILIES, random_model


def tensors(folder):
    return {name: tensor for file in folder.glob("*.safetensors") for name, tensor in load_file(file).items()}


@pytest.mark.filterwarnings("ignore")  # mergekit's own imports
@pytest.mark.parametrize("layers", [(0,), (3, 4), (1, 5, 11)], ids=str)
def test_mergekit_writes_the_same_tensors(run_export, tmp_path, layers):
    """Names, dtypes and bits of every tensor agree, and so does the depth in the config."""
    from mergekit.config import MergeConfiguration
    from mergekit.merge import run_merge
    from mergekit.options import MergeOptions

    theirs = tmp_path / "theirs"
    ours = run_export("--drop", LayerPlan.without(layers, 12).describe())
    config = MergeConfiguration.model_validate(yaml.safe_load((ours / MERGEKIT).read_text()))
    run_merge(config, str(theirs), MergeOptions(quiet=True, copy_tokenizer=False))

    mine, other = tensors(ours), tensors(theirs)
    assert mine.keys() == other.keys()
    assert all(mine[name].dtype == other[name].dtype and mine[name].equal(other[name]) for name in mine)
    depths = [
        json.loads((folder / "config.json").read_text())["num_hidden_layers"] for folder in (ours, tmp_path / "theirs")
    ]
    assert depths == [12 - len(layers)] * 2


@pytest.mark.filterwarnings("ignore")  # mergekit's own imports
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_gives_the_same_tensors(family, tmp_path, dtype):
    """Also in another dtype than the base's; for configs with layer_types, mergekit 0.1.5 fails after the tensors."""
    from huggingface_hub.errors import StrictDataclassClassValidationError
    from mergekit.config import MergeConfiguration
    from mergekit.merge import run_merge
    from mergekit.options import MergeOptions

    base, ours, theirs = (tmp_path / name for name in ("base", "ours", "theirs"))
    tokenizer = load_model("tiny").tokenizer
    model = random_model(family, vocabulary=len(tokenizer))
    model.save_pretrained(base)
    tokenizer.save_pretrained(base)
    assert main(["export", "--model", str(base), "--drop", "1,3-4", "--dtype", dtype, "--out", str(ours)]) == 0
    config = MergeConfiguration.model_validate(yaml.safe_load((ours / MERGEKIT).read_text()))
    stops = getattr(model.config, "layer_types", None) is not None
    with pytest.raises(StrictDataclassClassValidationError, match="layer_types") if stops else nullcontext():
        run_merge(config, str(theirs), MergeOptions(quiet=True, copy_tokenizer=False))

    mine, other = tensors(ours), tensors(theirs)
    assert mine.keys() == other.keys()
    assert all(mine[name].dtype == other[name].dtype and mine[name].equal(other[name]) for name in mine)
    assert (theirs / "config.json").exists() is not stops
