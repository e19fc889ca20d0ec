"""Files that hold the weights of a model, and nothing else."""

import json

import pytest
from safetensors.torch import load_file, save_file

from harness import load_model
from harness.errors import BadInput


def test_a_tensor_in_two_shards_is_refused(tmp_path, tiny):
    """The index names one place; a stale copy elsewhere would be scored, or not, by the order of the files."""
    folder = tmp_path / "sharded"
    tiny.model.save_pretrained(folder, max_shard_size="3MB")
    tiny.tokenizer.save_pretrained(folder)
    places = json.loads((folder / "model.safetensors.index.json").read_text())["weight_map"]
    first, *_, last = sorted(set(places.values()))
    assert load_model(str(folder)).fingerprint == tiny.fingerprint

    name = next(key for key, place in places.items() if place == first)
    save_file(load_file(folder / last) | {name: load_file(folder / first)[name] + 1}, folder / last, {"format": "pt"})
    with pytest.raises(BadInput, match=f"{last} holds {name}, which the index says is in {first}"):
        load_model(str(folder))
