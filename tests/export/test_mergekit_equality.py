"""mergekit writes from our configuration what we write, bit for bit."""

import json

import pytest
import yaml
from safetensors.torch import load_file

from harness.export.folder import MERGEKIT
from harness.prune.plan import LayerPlan


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
