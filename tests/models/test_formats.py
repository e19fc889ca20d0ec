"""Weights that are stored in another form: GGUF, bitsandbytes, fp8. Right numbers, or one sentence before any work."""

import json
import math
import shutil

import gguf
import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, BitsAndBytesConfig

from harness import load_model, rank_layers
from harness.__main__ import main
from harness.errors import BadInput
from harness.models.agreement import distance, logits, probe_ids
from harness.models.fingerprint import fingerprint
from harness.models.reference import bundled
from harness.prune.apply import apply_plan, savable_variant
from harness.prune.plan import parse_plan
from harness.recover.recipe import recipe_named
from harness.recover.trainable import trainable

IDS = probe_ids(275)
TEXTS = [f"{a} + {b} = {a + b} . {b} + {a} = {a + b} ." for a in range(3) for b in range(3)]
LAYERS = 12


def write_gguf(path, said=LAYERS, without="nothing"):
    """The tiny model as a .gguf file that says it has `said` layers; its tokenizer has the same ids and no merges."""
    tensors, writer = load_file(bundled("tiny") / "model.safetensors"), gguf.GGUFWriter(str(path), "llama")
    writer.add_block_count(said)
    for add, value in (
        (writer.add_context_length, 512), (writer.add_embedding_length, 128), (writer.add_feed_forward_length, 384),
        (writer.add_head_count, 4), (writer.add_head_count_kv, 2), (writer.add_layer_norm_rms_eps, 1e-5),
        (writer.add_rope_freq_base, 10000.0), (writer.add_rope_dimension_count, 32), (writer.add_vocab_size, 562),
        (writer.add_tokenizer_model, "gpt2"), (writer.add_bos_token_id, 2), (writer.add_eos_token_id, 3),
    ):  # fmt: skip
        add(value)
    letters = [chr(number) for number in range(33, 127)]
    tokens = ["<pad>", "<unk>", "<bos>", "<end>", *letters, "ab"]
    writer.add_token_list(tokens + [f"<word{number}>" for number in range(len(tokens), 562)])
    writer.add_token_types([1] * 562)
    writer.add_token_merges(["a b"])
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, max(said, LAYERS))
    for name, tensor in tensors.items():
        values = tensor.float().numpy()
        for part, heads in (("q_proj", 4), ("k_proj", 2)):
            if part in name:  # llama.cpp turns pairs of neighbours
                rows = values.shape[0] // heads // 2
                values = values.reshape(heads, 2, rows, -1).swapaxes(1, 2).reshape(values.shape)
        if without not in name:
            writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), np.ascontiguousarray(values))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return str(path)


def test_a_gguf_file_is_the_model(tmp_path, tiny, capfd):
    """Whatever the case of its ending; nothing is drawn while it is read; its export is an ordinary folder."""
    file = write_gguf(tmp_path / "M.GGUF")
    loaded = load_model(file)
    assert distance(logits(loaded.model, IDS), logits(tiny.model, IDS)) < 1e-6
    assert capfd.readouterr().err == ""

    assert main(["export", "--model", file, "--drop", "3", "--out", str(tmp_path / "out"), "--dtype", "float32"]) == 0
    expected = apply_plan(tiny.model, parse_plan("3", LAYERS))
    assert distance(logits(load_model(str(tmp_path / "out")).model, IDS), logits(expected, IDS)) < 1e-6


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"without": "layers.11."}, "lacks 9 of the 111 tensors .*first model.layers.11"),
        ({"without": "layers.11.mlp"}, "lacks 3 of the 111 tensors"),
        ({"said": 14}, "lacks 18 of the 129 tensors"),
        ({"said": 10}, "says that the model has 10 layers and holds tensors of 12"),
    ],
)
def test_a_gguf_file_of_other_layers_is_refused(tmp_path, change, sentence):
    """Missing tensors are not drawn at random, and further layers not passed over."""
    with pytest.raises(BadInput, match=sentence):
        load_model(write_gguf(tmp_path / "m.gguf", **change))


CONFIGS = {
    "nf4": BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4"),
    "nested": BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True),
    "int8": BitsAndBytesConfig(load_in_8bit=True),
}


@pytest.fixture(scope="module", params=CONFIGS)
def quantised(request, tmp_path_factory):
    """The tiny model as bitsandbytes writes it."""
    folder = tmp_path_factory.mktemp(request.param) / "model"
    shutil.copytree(bundled("tiny"), folder)
    (folder / "model.safetensors").unlink()
    AutoModelForCausalLM.from_pretrained(bundled("tiny"), quantization_config=CONFIGS[request.param]).save_pretrained(
        folder
    )
    return folder


def test_a_quantised_folder_loads(quantised, tiny):
    """It is evaluated as it is: near the plain model, and quantised still."""
    loaded = load_model(str(quantised))

    assert not loaded.model.get_parameter("model.layers.0.mlp.up_proj.weight").is_floating_point()
    assert distance(logits(loaded.model, IDS).float(), logits(tiny.model, IDS)) < 0.5


def test_a_quantised_folder_without_a_scale_is_refused(quantised, tmp_path):
    """Each of the tensors that explain one weight is needed."""
    tensors = load_file(quantised / "model.safetensors")
    explains = [name for name in tensors if "layers.3.mlp.up_proj." in name and not name.endswith("weight_format")]
    for place, lost in enumerate(explains):
        folder = tmp_path / str(place)
        shutil.copytree(quantised, folder)
        kept = {name: tensor for name, tensor in tensors.items() if name != lost}
        save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})
        with pytest.raises(BadInput, match=r"is stored as .* and its scale|the stored tensors are not"):
            load_model(str(folder))

    assert len(explains) > 1


def test_quantised_weights_without_their_config_are_refused(quantised, tmp_path):
    """The numbers are codes, and nothing says of what."""
    shutil.copytree(quantised, tmp_path / "copy")
    settings = json.loads((quantised / "config.json").read_text())
    del settings["quantization_config"]
    (tmp_path / "copy" / "config.json").write_text(json.dumps(settings))

    with pytest.raises(BadInput, match=r"tensors are stored as [UI]8 .* no quantization_config"):
        load_model(str(tmp_path / "copy"))


WRITES = {
    "laco": lambda loaded: rank_layers("laco", loaded, 3, TEXTS),
    "laco_released": lambda loaded: rank_layers("laco_released", loaded, 3, TEXTS),
    "mka": lambda loaded: rank_layers("mka", loaded, 3, TEXTS),
    "magnitude_l1": lambda loaded: rank_layers("magnitude_l1", loaded, 3, TEXTS),
    "taylor": lambda loaded: rank_layers("taylor", loaded, 3, TEXTS),
    "a unit saved": lambda loaded: savable_variant(loaded.model, parse_plan("attn3", LAYERS)),
    "last layers": lambda loaded: trainable(loaded.model, recipe_named("tiny-last-layers"), 0),
    "all weights": lambda loaded: trainable(loaded.model, recipe_named("tiny-full"), 0),
}


def test_what_adds_or_writes_weights_refuses_quantised_ones(quantised):
    """One sentence before any pass; removing layers, and units in memory, needs no such thing."""
    loaded = load_model(str(quantised))
    for act in WRITES.values():
        with pytest.raises(BadInput, match=r"quantised weights \(.*q_proj.weight is stored as u?int8\).* use the"):
            act(loaded)

    assert logits(apply_plan(loaded.model, parse_plan("3,attn5", LAYERS)), IDS).isfinite().all()


def test_a_quantised_model_is_not_exported(quantised, tmp_path, capsys):
    """The refusal is a sentence, comes before the work, and writes nothing."""
    out = tmp_path / "out"
    assert main(["export", "--model", str(quantised), "--drop", "3", "--out", str(out)]) == 2
    assert "quantised weights" in capsys.readouterr().err
    assert not out.exists()


def test_a_variant_of_a_quantised_model_is_not_saved(quantised, tmp_path):
    """The library crashes over it, and on the way unpacks the weights that a kernel has packed."""
    loaded = load_model(str(quantised))
    variant = apply_plan(loaded.model, parse_plan("3", LAYERS))
    before = logits(variant, IDS), fingerprint(variant)
    with pytest.raises(BadInput, match=r"quantised weights .*, and transformers cannot write them down again: use the"):
        variant.save_pretrained(tmp_path / "out")

    assert not (tmp_path / "out").exists()
    assert torch.equal(logits(variant, IDS), before[0])
    assert fingerprint(variant) == before[1]


def coded(matrix):
    """A matrix as fp8 codes in blocks of 128, and their scales."""
    blocks = [math.ceil(size / 128) for size in matrix.shape]
    codes, scales = torch.zeros_like(matrix).to(torch.float8_e4m3fn), torch.zeros(blocks)
    for row in range(blocks[0]):
        for column in range(blocks[1]):
            place = (slice(row * 128, row * 128 + 128), slice(column * 128, column * 128 + 128))
            scales[row, column] = matrix[place].abs().max() / 448
            codes[place] = (matrix[place] / scales[row, column]).to(torch.float8_e4m3fn)
    return codes, scales


def test_an_fp8_folder_is_unfolded(tmp_path, tiny):
    """On a CPU its weights become plain ones of one dtype, and a variant of it is saved as such."""
    folder = tmp_path / "fp8"
    shutil.copytree(bundled("tiny"), folder)
    tensors = {}
    for name, tensor in load_file(folder / "model.safetensors").items():
        if tensor.dim() == 2 and "embed" not in name:
            tensors[name], tensors[f"{name}_scale_inv"] = coded(tensor.float())
        else:
            tensors[name] = tensor
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    settings = json.loads((folder / "config.json").read_text())
    settings["quantization_config"] = {
        "quant_method": "fp8", "activation_scheme": "dynamic", "weight_block_size": [128, 128]
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(settings))

    loaded = load_model(str(folder))
    assert {parameter.dtype for parameter in loaded.model.parameters()} == {torch.float32}
    assert distance(logits(loaded.model, IDS), logits(tiny.model, IDS)) < 0.2

    assert main(["export", "--model", str(folder), "--drop", "3", "--out", str(tmp_path / "out")]) == 0
    expected = apply_plan(load_model(str(folder), dtype="bfloat16").model, parse_plan("3", LAYERS))
    saved = load_model(str(tmp_path / "out"), dtype="bfloat16").model
    assert distance(logits(saved, IDS).float(), logits(expected, IDS).float()) < 1e-2
